-- Where an account of a server with API keys is; nothing for an account of ChatGPT.
ALTER TABLE account ADD COLUMN base_url TEXT;
