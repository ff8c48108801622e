// The Node counterpart of kitchen.py, as far as the tests need it.
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const handler = async (event, context) => {
  switch (event.do) {
    case "echo":
      return event.value;
    case "log":
      event.lines.forEach((line) => console.log(line));
      return null;
    case "raise":
      throw new TypeError("some_error_msg");
    case "exit":
      process.exit(event.status);
    case "sleep":
      await sleep(event.seconds * 1000);
      return { slept: event.seconds };
    case "context":
      return { name: context.functionName, remaining: context.getRemainingTimeInMillis(), node: process.version };
    default:
      throw new Error(`cannot ${event.do}`);
  }
};
