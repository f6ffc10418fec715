// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.http;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/** A request that is not served, with a message for the person who sent it: what was wrong and what to do. */
public final class Refusal extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Somebody has to act, which takes a while. */
  private static final Duration DISK_FREED = Duration.ofMinutes(1);

  private final int status;
  private final String type;
  private final @Nullable String code;
  private final @Nullable String param;
  private final @Nullable Duration retryAfter;

  private Refusal(
      int status,
      String type,
      @Nullable String code,
      @Nullable String param,
      String message,
      @Nullable Duration retryAfter) {
    super(message, null, false, false);
    this.status = status;
    this.type = type;
    this.code = code;
    this.param = param;
    this.retryAfter = retryAfter;
  }

  /** The request makes no sense. */
  public static Refusal badRequest(@Nullable String param, String message) {
    return new Refusal(400, "invalid_request_error", "invalid_value", param, message, null);
  }

  /** The request is too long in a way that the client may shorten. */
  public static Refusal tooLong(@Nullable String param, String message) {
    return new Refusal(400, "invalid_request_error", "context_length_exceeded", param, message, null);
  }

  /** There is no such thing. */
  public static Refusal notFound(String code, @Nullable String param, String message) {
    return new Refusal(404, "invalid_request_error", code, param, message, null);
  }

  /** The client is not known. */
  public static Refusal unauthorized(String message) {
    return new Refusal(401, "authentication_error", "invalid_api_key", null, message, null);
  }

  /** The client is known but may not do this. */
  public static Refusal forbidden(String code, String message) {
    return new Refusal(403, "permission_error", code, null, message, null);
  }

  /** The thing is not as the client said that it must be. */
  public static Refusal preconditionFailed(String message) {
    return new Refusal(412, "invalid_request_error", "precondition_failed", null, message, null);
  }

  /** The thing is in a state that does not allow this. */
  public static Refusal conflict(String code, String message) {
    return new Refusal(409, "invalid_request_error", code, null, message, null);
  }

  /** The body did not come in time. */
  public static Refusal slowBody(String message) {
    return new Refusal(408, "timeout_error", "request_timeout", null, message, null);
  }

  /** The body is too large. */
  public static Refusal tooLarge(String message) {
    return new Refusal(413, "invalid_request_error", "request_too_large", null, message, null);
  }

  /** The client asks too often or the gateway has too much to do. */
  public static Refusal tooMany(String code, String message, Duration retryAfter) {
    return new Refusal(429, "rate_limit_error", code, null, message, retryAfter);
  }

  /** A part that is needed is away for now. */
  public static Refusal unavailable(String code, String message, Duration retryAfter) {
    return new Refusal(503, "server_error", code, null, message, retryAfter);
  }

  /**
   * A disk of this machine is full.
   *
   * @param what was not done
   */
  public static Refusal diskFull(String what) {
    return new Refusal(
        507, "server_error", "disk_full", null,
        what + ": a disk of the server is full; free some space there, then send it again", DISK_FREED);
  }

  /** The deadline passed. */
  public static Refusal tooLate(String message) {
    return new Refusal(504, "timeout_error", "deadline_exceeded", null, message, null);
  }

  /** Something else, known by its status. */
  public static Refusal of(int status, String message) {
    String type = status >= 500 ? "server_error" : "invalid_request_error";
    return new Refusal(status, type, null, null, message, null);
  }

  public int status() {
    return status;
  }

  public String type() {
    return type;
  }

  public @Nullable String code() {
    return code;
  }

  public @Nullable String param() {
    return param;
  }

  public @Nullable Duration retryAfter() {
    return retryAfter;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
