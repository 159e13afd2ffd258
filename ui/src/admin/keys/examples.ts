// Programs that ask the gateway something with a key.
export function examplesFor(base: string, secret: string) {
  return {
    curl: `curl ${base}/chat/completions \\
  -H "Authorization: Bearer ${secret}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}'`,
    python: `from openai import OpenAI

client = OpenAI(base_url="${base}", api_key="${secret}")
answer = client.responses.create(model="auto", input="Hello")
print(answer.output_text)`,
    node: `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${base}", apiKey: "${secret}" });
const answer = await client.responses.create({ model: "auto", input: "Hello" });
console.log(answer.output_text);`,
  };
}
