// A streaming handler of the official client: with a prelude, with a content type, with neither, and one that fails midway.
/* global awslambda */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const asked = event.requestContext ? JSON.parse(event.body ?? "{}") : event;
  if (asked.prelude) stream = awslambda.HttpResponseStream.from(stream, asked.prelude);
  if (asked.type) stream.setContentType(asked.type);
  for (const piece of asked.pieces ?? []) {
    stream.write(piece);
    await wait(asked.pause ?? 0);
  }
  if (asked.fail) throw new Error("midway");
  stream.end();
});
