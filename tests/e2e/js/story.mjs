// What a program that uses the AWS SDK for JavaScript does with Lambda; prints what it saw as one JSON document.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.env.LAMBKIN_JS + "/package.json");
const sdk = require("@aws-sdk/client-lambda");
const [archive, runtime, name] = process.argv.slice(2);
const client = new sdk.LambdaClient({ endpoint: process.env.AWS_ENDPOINT_URL, maxAttempts: 1 });
const send = (command, input) => client.send(new sdk[`${command}Command`](input));
const zip = readFileSync(archive);
const seen = {};

// Answers with what the SDK makes of a refusal.
const refused = async (command, input) => {
  try {
    await send(command, input);
  } catch (error) {
    return {
      name: error.name,
      known: sdk[error.name] !== undefined && error instanceof sdk[error.name],
      service: error instanceof sdk.LambdaServiceException,
      status: error.$metadata.httpStatusCode,
      fault: error.$fault,
      message: error.message,
      id: error.$metadata.requestId,
    };
  }
};
const pages = async (paginate, input, key) => {
  const all = [];
  for await (const page of paginate({ client, pageSize: 3 }, input)) all.push(page[key].length);
  return all;
};

const waiting = { client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 };
const created = await send("CreateFunction", {
  FunctionName: name,
  Runtime: runtime,
  Role: "arn:aws:iam::000000000000:role/test",
  Handler: "guest.handler",
  Code: { ZipFile: zip },
  Tags: { team: "sheep" },
  Environment: { Variables: { COLOUR: "white" } },
});
seen.created = created;
seen.exists = (await sdk.waitUntilFunctionExists(waiting, { FunctionName: name })).state;
seen.active = (await sdk.waitUntilFunctionActiveV2(waiting, { FunctionName: name })).state;

const invoked = await send("Invoke", { FunctionName: name, Payload: JSON.stringify({ do: "echo", value: "hei" }), LogType: "Tail" });
seen.invoked = {
  payload: invoked.Payload.transformToString(),
  log: Buffer.from(invoked.LogResult, "base64").toString(),
  version: invoked.ExecutedVersion,
  status: invoked.StatusCode,
};
const failed = await send("Invoke", { FunctionName: name, Payload: JSON.stringify({ do: "no such thing" }) });
seen.failed = failed.FunctionError;

await send("UpdateFunctionConfiguration", { FunctionName: name, Description: "changed" });
seen.updated = (await sdk.waitUntilFunctionUpdatedV2(waiting, { FunctionName: name })).state;
for (let number = 0; number < 7; number += 1) {
  await send("UpdateFunctionConfiguration", { FunctionName: name, Description: `version ${number}` });
  await sdk.waitUntilFunctionUpdatedV2(waiting, { FunctionName: name });
  await send("PublishVersion", { FunctionName: name });
}
seen.published = (await sdk.waitUntilPublishedVersionActive(waiting, { FunctionName: name, Qualifier: "7" })).state;
seen.versions = await pages(sdk.paginateListVersionsByFunction, { FunctionName: name }, "Versions");

for (let number = 1; number <= 7; number += 1) {
  await send("CreateAlias", { FunctionName: name, Name: `alias${number}`, FunctionVersion: `${number}` });
}
const alias = await send("UpdateAlias", {
  FunctionName: name,
  Name: "alias1",
  RoutingConfig: { AdditionalVersionWeights: { 2: 0.25 } },
});
seen.alias = alias.RoutingConfig;
seen.aliases = await pages(sdk.paginateListAliases, { FunctionName: name }, "Aliases");

const arn = created.FunctionArn;
await send("TagResource", { Resource: arn, Tags: { "a key": "a value", æ: "ø" } });
await send("UntagResource", { Resource: arn, TagKeys: ["team"] });
seen.tags = (await send("ListTags", { Resource: arn })).Tags;

const url = await send("CreateFunctionUrlConfig", {
  FunctionName: name,
  AuthType: "NONE",
  Cors: { AllowOrigins: ["*"], MaxAge: 60 },
});
const got = await send("GetFunctionUrlConfig", { FunctionName: name });
seen.url = { created: url.FunctionUrl, got: got.FunctionUrl, cors: got.Cors, time: typeof got.CreationTime };
await send("DeleteFunctionUrlConfig", { FunctionName: name });

const layer = await send("PublishLayerVersion", { LayerName: `${name}-layer`, Content: { ZipFile: zip }, CompatibleRuntimes: [runtime] });
const content = await fetch((await send("GetLayerVersionByArn", { Arn: layer.LayerVersionArn })).Content.Location);
seen.layer = { version: layer.Version, same: zip.equals(Buffer.from(await content.arrayBuffer())) };
await send("UpdateFunctionConfiguration", { FunctionName: name, Layers: [layer.LayerVersionArn] });
await sdk.waitUntilFunctionUpdatedV2(waiting, { FunctionName: name });
seen.layers = (await send("GetFunction", { FunctionName: name })).Configuration.Layers.map((one) => one.Arn === layer.LayerVersionArn);
await send("DeleteLayerVersion", { LayerName: `${name}-layer`, VersionNumber: layer.Version });

const mapping = await send("CreateEventSourceMapping", { FunctionName: name, EventSourceArn: "arn:aws:sqs:us-east-1:000000000000:js" });
seen.modified = mapping.LastModified instanceof Date;

seen.refusals = {
  absent: await refused("GetFunction", { FunctionName: "no-such-function" }),
  exists: await refused("CreateAlias", { FunctionName: name, Name: "alias1", FunctionVersion: "1" }),
  invalid: await refused("UpdateFunctionConfiguration", { FunctionName: name, Timeout: 901 }),
  stale: await refused("UpdateAlias", { FunctionName: name, Name: "alias1", RevisionId: "00000000-0000-4000-8000-000000000000" }),
};
await send("DeleteFunction", { FunctionName: name });
seen.gone = (await refused("GetFunctionConfiguration", { FunctionName: name })).name;
process.stdout.write(JSON.stringify(seen));
