// Server-sent events over fetch, which unlike EventSource can post and be aborted.

/** Yields the data of each event; lines may be split anywhere, also within a character. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let data = [];
  while (true) {
    const { value, done } = await reader.read();
    rest += value ?? "";
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = done ? "" : lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) {
          yield data.join("\n");
          data = [];
        }
      } else if (line.startsWith("data:")) {
        data.push(line.slice(line[5] === " " ? 6 : 5));
      }
    }
    if (done) {
      if (data.length > 0) {
        yield data.join("\n");
      }
      return;
    }
  }
}
