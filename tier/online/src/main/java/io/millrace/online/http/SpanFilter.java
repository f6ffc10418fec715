// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.http;

import io.millrace.online.telemetry.Telemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.web.filter.OncePerRequestFilter;

import java.io.IOException;
import java.util.Collections;

/**
 * Makes a span of each request to the API, a part of the client's trace where it sends one ({@code traceparent}). The
 * gateway's own trace id, which events and log lines carry, is the attribute {@code millrace.trace}.
 */
public final class SpanFilter extends OncePerRequestFilter {

  private static final int FAILED = 500;

  private static final TextMapGetter<HttpServletRequest> HEADERS =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(HttpServletRequest request) {
          return Collections.list(request.getHeaderNames());
        }

        @Override
        public @Nullable String get(@Nullable HttpServletRequest request, String name) {
          return request == null ? null : request.getHeader(name);
        }
      };

  private final Tracer tracer;

  public SpanFilter(Telemetry telemetry) {
    this.tracer = telemetry.tracer();
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !request.getServletPath().startsWith("/v1/");
  }

  @Override
  protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String path = request.getServletPath();
    Span span =
        tracer.spanBuilder(request.getMethod() + " " + route(path))
            .setParent(W3CTraceContextPropagator.getInstance().extract(Context.root(), request, HEADERS))
            .setSpanKind(SpanKind.SERVER)
            .setAttribute("http.request.method", request.getMethod())
            .setAttribute("http.route", route(path))
            .setAttribute("url.path", path)
            .setAttribute("millrace.trace", Trace.of(request))
            .startSpan();
    try (Scope scope = span.makeCurrent()) {
      chain.doFilter(request, response);
      span.setAttribute("http.response.status_code", response.getStatus());
      if (response.getStatus() >= FAILED) {
        span.setStatus(StatusCode.ERROR);
      }
    } catch (IOException | ServletException | RuntimeException e) {
      // The filter outside of this one writes the refusal, whose status is not known here.
      span.setAttribute("error.type", e.getClass().getName());
      span.setStatus(StatusCode.ERROR);
      throw e;
    } finally {
      span.end();
    }
  }

  /** Names of spans are few: what follows the name of an endpoint, such as a document's identity, is no part of it. */
  private static String route(String path) {
    String[] parts = path.split("/", 5);
    boolean chat = parts.length > 3 && parts[2].equals("chat");
    return "/" + parts[1] + "/" + parts[2] + (chat ? "/" + parts[3] : parts.length > 3 ? "/{id}" : "");
  }
}
