// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.http;

import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.registry.DurableFiles;
import io.millrace.core.spi.GeneratorBusy;
import io.millrace.engine.upstream.UpstreamFailure;
import io.millrace.memory.MemoryUnavailable;
import io.millrace.online.answer.AnswerTooLate;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.catalina.connector.ClientAbortException;
import org.apache.coyote.BadRequestException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.web.ErrorResponse;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.filter.OncePerRequestFilter;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * The outermost filter: gives a request its trace id and its response the headers that make browsers careful, and
 * turns whatever goes wrong inside into an answer that tells clients what to do and nothing about the inside.
 */
public final class FrontFilter extends OncePerRequestFilter {

  private static final Logger LOG = LoggerFactory.getLogger(FrontFilter.class);

  private static final Duration UPSTREAM_WAIT = Duration.ofSeconds(5);

  private static final String POLICY =
      "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
          + "font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

  @Override
  protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String trace = Trace.of(request);
    MDC.put("trace", trace);
    try {
      response.setHeader("X-Trace-Id", trace);
      response.setHeader("X-Content-Type-Options", "nosniff");
      response.setHeader("X-Frame-Options", "DENY");
      response.setHeader("Referrer-Policy", "same-origin");
      response.setHeader("Content-Security-Policy", POLICY);
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
      response.setHeader("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
      if (request.getServletPath().startsWith("/v1")) {
        response.setHeader("Cache-Control", "no-store");
      }
      chain.doFilter(request, response);
    } catch (ClientAbortException | AsyncRequestNotUsableException e) {
      // The client went away; there is nobody to tell.
      LOG.debug("connection lost: {}", e.toString());
    } catch (IOException | ServletException | RuntimeException e) {
      Throwable cause = e instanceof ServletException && e.getCause() != null ? e.getCause() : e;
      RefusalWriter.write(request, response, refusal(cause));
    } finally {
      MDC.remove("trace");
    }
  }

  /** Returns what a client is told about a failure. */
  public static Refusal refusal(Throwable failure) {
    if (failure instanceof Refusal known) {
      return known;
    }
    if (failure instanceof GeneratorBusy busy) {
      return Refusal.tooMany("overloaded", busy.getMessage() + "; try again a little later", busy.retryAfter());
    }
    if (failure instanceof UpstreamFailure upstream) {
      return refusal(upstream);
    }
    if (failure instanceof AnswerTooLate) {
      return Refusal.tooLate(String.valueOf(failure.getMessage()));
    }
    if (failure instanceof EventLogUnavailable) {
      return Refusal.unavailable(
          "event_log_unavailable",
          "the event log does not acknowledge records now; what was sent may still arrive, so send it again later: documents"
              + " are put once however often, and so are events that carry an id of yours",
          Duration.ofSeconds(5));
    }
    if (failure instanceof MemoryUnavailable) {
      LOG.warn("the memory does not answer: {}", failure.getMessage());
      return Refusal.unavailable(
          "memory_unavailable", "the machines that the memory lies on do not answer in time; ask again a little later", Duration.ofSeconds(5));
    }
    if (failure instanceof ErrorResponse error && error.getStatusCode().value() < 500) {
      String detail = error.getBody().getDetail();
      return Refusal.of(error.getStatusCode().value(), detail == null ? "the request was refused" : detail);
    }
    // Tomcat's own, for parameters that are not properly encoded; its class is not part of any interface.
    if (failure.getClass().getName().contains("tomcat") && failure instanceof IllegalStateException) {
      return Refusal.badRequest(null, "the query string or form is not properly encoded");
    }
    if (failure instanceof SocketTimeoutException || failure.getCause() instanceof SocketTimeoutException) {
      return Refusal.slowBody("the body stopped arriving");
    }
    if (failure instanceof BadRequestException || failure instanceof AsyncRequestNotUsableException) {
      // The connection failed while a request was read or answered (Tomcat's ClientAbortException is one of the
      // former); hardly anybody will see this.
      LOG.debug("connection lost: {}", failure.toString());
      return Refusal.of(400, "the connection broke off");
    }
    if (DurableFiles.diskFull(failure)) {
      LOG.error("a request failed over a full disk: {}", failure.toString());
      return Refusal.diskFull("the request was not served");
    }
    LOG.error("a request failed inside", failure);
    return Refusal.of(500, "something failed inside; the trace id in X-Trace-Id leads to it in the log");
  }

  /** What the other server said may be about its keys and accounts: it is for the log. */
  private static Refusal refusal(UpstreamFailure failure) {
    LOG.warn("the upstream did not answer: {}", failure.getMessage());
    Duration wait = failure.retryAfter().orElse(UPSTREAM_WAIT);
    return failure.kind() == UpstreamFailure.Kind.SPENT
        ? Refusal.tooMany("upstream_budget_spent", "what this gateway may spend on its upstream in a day is spent", wait)
        : Refusal.unavailable(
            "upstream_unavailable", "the other server that was to answer does not; the trace id leads to why in the log", wait);
  }
}
