//! The form of `/v1/images/edits`: the pictures to be changed, and fields beside them.

use axum::body::Body;
use bytes::BytesMut;
use futures_util::TryStreamExt;
use http::HeaderMap;
use openai::error::InvalidRequest;
use transcode::request::image::ImageFields;
use transcode::turn::{Attachment, AttachmentKind, AttachmentSource, ImageDetail};
use web::ApiError;
use web::multipart::{Form, Part};

use crate::attachments::MAX_BYTES;
use crate::image_answer::MAX_PICTURE_BYTES;

/// More pictures than this are not changed at once.
const MAX_PICTURES: usize = 16;

/// Reads a form.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
) -> Result<(ImageFields, Vec<Attachment>), ApiError> {
    let mut form = Form::new(headers, body)?;
    let mut fields = ImageFields::default();
    let mut pictures = Vec::new();
    let mut left = MAX_BYTES;
    while let Some(part) = form.next().await? {
        let name = part.name().to_owned();
        match name.as_str() {
            "image" | "image[]" => {
                if pictures.len() == MAX_PICTURES {
                    let message = format!("image: at most {MAX_PICTURES} are taken");
                    return Err(InvalidRequest::parameter("image", message).into());
                }
                let (picture, size) = picture(part, pictures.len(), left).await?;
                left -= size;
                pictures.push(picture);
            }
            "mask" => {
                let message = "mask: upstream takes no masks; say in the prompt what to change";
                return Err(InvalidRequest::unsupported("mask", message).into());
            }
            _ => fields.set(&name, part.text().await?)?,
        }
    }
    if pictures.is_empty() {
        let message = "image: send the picture that is to be changed";
        return Err(InvalidRequest::parameter("image", message).into());
    }
    Ok((fields, pictures))
}

/// One picture, and how many of the bytes that are left it takes.
async fn picture(part: Part, index: usize, left: u64) -> Result<(Attachment, u64), ApiError> {
    let name = part.file_name().map(str::to_owned);
    let limit = left.min(MAX_PICTURE_BYTES as u64);
    let pieces = part.into_stream(limit);
    let bytes = pieces
        .try_fold(BytesMut::new(), async |mut whole, piece| {
            whole.extend_from_slice(&piece);
            Ok(whole)
        })
        .await?;
    let size = bytes.len() as u64;
    let picture = Attachment {
        path: format!("image[{index}]"),
        kind: AttachmentKind::Image(ImageDetail::Auto),
        source: AttachmentSource::Data {
            bytes: bytes.freeze(),
            mime: None,
        },
        name,
    };
    Ok((picture, size))
}
