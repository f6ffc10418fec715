// Calls to the gateway, as any other client would make them.
import { language, t } from "./words.js";

/** Who is asking: the random identity that the server put into a cookie. */
export const user = readCookie("millrace_user") ?? "anonymous";

export function readCookie(name) {
  return document.cookie.split("; ").find(part => part.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** What went wrong, in words for people: a title, the gateway's own message, and what to do. */
export class CallFailed extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  get title() {
    return t(`js.error.${this.kind}.title`);
  }

  get remedy() {
    return t(`js.error.${this.kind}.remedy`, this.retryAfter ?? "?");
  }

  get kind() {
    if (this.status === 0) return "offline";
    if (this.status === 401 || this.status === 403) return "login";
    if (this.status === 429) return "busy";
    if (this.status === 503 || this.status === 504) return "unready";
    if (this.status >= 400 && this.status < 500) return "request";
    return "broken";
  }
}

/** Sends a request; a refusal becomes CallFailed with the gateway's own reason. */
export async function call(address, options = {}) {
  let response;
  try {
    response = await fetch(address, { credentials: "same-origin", ...options });
  } catch (failure) {
    if (failure.name === "AbortError") {
      throw failure;
    }
    throw new CallFailed(0, "");
  }
  if (!response.ok) {
    throw new CallFailed(response.status, await reason(response), response.headers.get("Retry-After"));
  }
  return response;
}

async function reason(response) {
  try {
    const body = await response.json();
    return body.error?.message ?? body.detail ?? body.title ?? "";
  } catch {
    return "";
  }
}

/** Explanations, such as reasons of verdicts, come in the language of the page. */
const json = { "Content-Type": "application/json", "Accept-Language": language };

export function post(address, body, signal) {
  return call(address, { method: "POST", headers: json, body: JSON.stringify(body), signal });
}

/** Reports an event; it outlives the page, so that a click on a link is not lost. */
export function report(event) {
  return call("/v1/events", { method: "POST", headers: json, keepalive: true, body: JSON.stringify({ user, ...event }) });
}

export async function recommendations(context, limit) {
  const query = new URLSearchParams({ user, limit });
  if (context) {
    query.set("context", context);
  }
  return (await call(`/v1/recommendations?${query}`)).json();
}
