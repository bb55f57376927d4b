// FC's contract with a Node.js handler, inside the process of one instance.
// https://www.alibabacloud.com/help/en/functioncompute/user-guide/event-handlers
//
// Frames on descriptor 3 as runtime/handler.py describes them. Standard library of Node.js 12 only.
"use strict";

const { AsyncLocalStorage } = require("async_hooks");
const fs = require("fs");
const net = require("net");
const path = require("path");
const { pathToFileURL } = require("url");
const util = require("util");

const INVOKE = 0, START = 3;
const ANSWERED = 0, RAISED = 1, NO_HANDLER = 2, BAD_CODE = 3, HANDLED = 5;
const MOST_ANSWER = 32 * 1024 * 1024;

const order = JSON.parse(process.env._LOCALCLOUD_ORDER);
delete process.env._LOCALCLOUD_ORDER;
const several = order.instance_concurrency > 1;
const current = new AsyncLocalStorage();
const loaded = new Map();

let only = { serial: 0, requestId: "" };
const call = () => (several ? current.getStore() : only) || { serial: 0, requestId: "" };

// Standard output without buffering, each line marked with its call where several run at once.
const begun = new Map();
function write(text) {
  if (!several) return put(text);
  const serial = call().serial;
  const lines = ((begun.get(serial) || "") + text).split("\n");
  begun.set(serial, lines.pop());
  mark(serial, lines);
}
function mark(serial, lines) {
  if (lines.length) put(lines.map((line) => (serial ? `\x1e${serial}\x1f${line}\n` : `${line}\n`)).join(""));
}
function put(text) {
  let data = Buffer.from(text);
  while (data.length) {
    try {
      data = data.slice(fs.writeSync(1, data));
    } catch (error) {
      if (error.code !== "EAGAIN") return;
    }
  }
}
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, encoding, done) => {
    write(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString());
    const called = typeof encoding === "function" ? encoding : done;
    if (called) process.nextTick(called);
    return true;
  };
}
function log(level, ...values) {
  write(`${new Date().toISOString()} ${call().requestId} [${level}] ${util.format(...values)}\n`);
}
console.log = console.debug = (...values) => log("verbose", ...values);
console.info = (...values) => log("info", ...values);
console.warn = (...values) => log("warn", ...values);
console.error = (...values) => log("error", ...values);
const logger = { debug: console.debug, info: console.info, warn: console.warn, error: console.error, log: console.log };

class Failure extends Error {
  constructor(end, type, message, stack) {
    super(message);
    this.end = end;
    this.type = type;
    this.trace = stack;
  }
}

// What a handler gave to its callback: an error that it has handled itself, in FC's words.
class Handled {
  constructor(error) {
    this.error = error;
  }
}

function trace(error) {
  const stack = error && error.stack ? String(error.stack).split("\n") : [];
  return stack
    .filter((line) => !line.includes(__filename))
    .map((line) => line.split(order.code + path.sep).join("/code/"));
}

async function load(name) {
  if (loaded.has(name)) return loaded.get(name);
  const dot = name.lastIndexOf(".");
  if (dot < 1) throw new Failure(NO_HANDLER, "HandlerNotFound", `Handler '${name}' is not of the form file.function`, []);
  const [moduleName, exported] = [name.slice(0, dot), name.slice(dot + 1)];
  const file = [".js", ".mjs", ".cjs"].map((end) => path.join(order.code, moduleName + end)).find((one) => fs.existsSync(one));
  if (!file) {
    throw new Failure(BAD_CODE, "ImportModuleError", `Cannot find module '/code/${moduleName}.js'`, []);
  }
  let module;
  try {
    try {
      if (file.endsWith(".mjs")) throw Object.assign(new Error(), { code: "ERR_REQUIRE_ESM" });
      module = require(file);
    } catch (error) {
      if (error.code !== "ERR_REQUIRE_ESM") throw error;
      module = await import(pathToFileURL(file).href);
    }
  } catch (error) {
    const syntax = error instanceof SyntaxError;
    throw new Failure(
      BAD_CODE,
      syntax ? "UserCodeSyntaxError" : error.code === "MODULE_NOT_FOUND" ? "ImportModuleError" : error.name || "Error",
      syntax ? `Syntax error in module '${moduleName}': ${error.message}` : String(error.message || error).split("\n")[0],
      trace(error),
    );
  }
  const found = module[exported] || (module.default && module.default[exported]);
  if (typeof found !== "function") {
    throw new Failure(NO_HANDLER, "HandlerNotFound", `Handler '${exported}' is missing on module '${moduleName}'`, []);
  }
  loaded.set(name, found);
  return found;
}

function contextOf(given) {
  const [accessKeyId, accessKeySecret, securityToken] = given.credentials || ["", "", ""];
  return {
    requestId: given.request_id,
    credentials: { accessKeyId, accessKeySecret, securityToken },
    function: { name: order.function_name, handler: order.handler, memory: order.memory_size, timeout: order.timeout },
    service: { name: "", logProject: order.log_project, logStore: order.logstore, qualifier: given.qualifier, versionId: order.version },
    region: order.region,
    accountId: order.account_id,
    logger,
  };
}

function called(handler, given) {
  return new Promise((resolve, reject) => {
    const callback = (error, value) => (error === null || error === undefined ? resolve(value) : reject(new Handled(error)));
    const result = handler(...given, callback);
    if (result && typeof result.then === "function") {
      result.then(resolve, reject);
    } else if (handler.length <= given.length && result !== undefined) {
      resolve(result);
    }
  });
}

function serialised(value) {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === "string") return Buffer.from(value);
  const text = JSON.stringify(value);
  return Buffer.from(text === undefined ? "" : text);
}

function report(type, message, stack) {
  const document = type === null ? { errorMessage: message } : { errorMessage: message, errorType: type, stackTrace: stack };
  log("error", "%s", JSON.stringify(document));
  return Buffer.from(JSON.stringify(document));
}

function reportOf(error) {
  if (error instanceof Error) return report(error.name, error.message, trace(error));
  return report(null, typeof error === "string" ? error : JSON.stringify(error), []);
}

async function run(kind, given, event) {
  try {
    if (given.credentials) {
      [process.env.ALIBABA_CLOUD_ACCESS_KEY_ID, process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET, process.env.ALIBABA_CLOUD_SECURITY_TOKEN] = given.credentials;
    }
    const handler = await load(given.handler);
    const context = contextOf(given);
    const payload = serialised(await called(handler, kind === INVOKE ? [event, context] : [context]));
    if (payload.length > MOST_ANSWER) {
      throw new Error(`response payload size ${payload.length} exceeds maximum allowed size (${MOST_ANSWER} bytes)`);
    }
    return [ANSWERED, kind === INVOKE ? payload : Buffer.alloc(0)];
  } catch (error) {
    if (error instanceof Failure) return [error.end, report(error.type, error.message, error.trace)];
    if (error instanceof Handled) return [HANDLED, reportOf(error.error)];
    return [RAISED, reportOf(error)];
  }
}

async function answer(kind, serial, given, event) {
  if (!several) {
    only = { serial, requestId: given.request_id };
    try {
      fs.writeFileSync("/proc/self/clear_refs", "5"); // the highest resident size starts again
    } catch (error) {
      // not Linux: the highest of the whole life is told
    }
  }
  const [end, payload] = kind === START ? [ANSWERED, Buffer.alloc(0)] : await run(kind, given, event);
  const rest = begun.get(serial);
  begun.delete(serial);
  if (rest) mark(serial, [rest]);
  const head = Buffer.alloc(14);
  head.writeUInt32LE(10 + payload.length, 0);
  head.writeUInt8(kind, 4);
  head.writeUInt32LE(serial, 5);
  head.writeUInt8(end, 9);
  head.writeUInt32LE(process.resourceUsage().maxRSS, 10);
  link.write(Buffer.concat([head, payload]));
}

process.on("uncaughtException", (error) => {
  put(`${error && error.stack ? error.stack : error}\n`);
  process.exit(1);
});

const link = new net.Socket({ fd: 3, readable: true, writable: true });
let received = Buffer.alloc(0);
link.on("data", (data) => {
  received = Buffer.concat([received, data]);
  while (received.length >= 4 && received.length >= 4 + received.readUInt32LE(0)) {
    const frame = received.slice(4, 4 + received.readUInt32LE(0));
    received = received.slice(4 + frame.length);
    const size = frame.readUInt32LE(5);
    const given = JSON.parse(frame.slice(9, 9 + size).toString());
    const [kind, serial, event] = [frame.readUInt8(0), frame.readUInt32LE(1), frame.slice(9 + size)];
    if (several) current.run({ serial, requestId: given.request_id }, () => answer(kind, serial, given, event));
    else answer(kind, serial, given, event);
  }
});
link.on("close", () => process.exit(0));
