// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.online.http.FrontFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.resource.NoResourceFoundException;

import java.util.Map;

/** Tells people in a page what they get told as JSON elsewhere: that there is nothing here, or that something failed. */
@Component
final class LostPages implements HandlerExceptionResolver, Ordered {

  private final Templates templates;
  private final Visitor visitor;

  LostPages(Templates templates, Visitor visitor) {
    this.templates = templates;
    this.visitor = visitor;
  }

  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }

  @Override
  public @Nullable ModelAndView resolveException(
      HttpServletRequest request, HttpServletResponse response, @Nullable Object handler, Exception failure) {
    if (!wantsPage(request)) {
      return null;
    }
    Page page = visitor.page(request, response);
    if (failure instanceof NoResourceFoundException) {
      return page(page, HttpStatus.NOT_FOUND, request.getRequestURI(), "page");
    }
    var refusal = FrontFilter.refusal(failure);
    HttpStatus status = HttpStatus.resolve(refusal.status());
    return page(page, status == null ? HttpStatus.INTERNAL_SERVER_ERROR : status, refusal.getMessage(), "failure");
  }

  private ModelAndView page(Page page, HttpStatus status, String what, String kind) {
    return new ModelAndView(templates.view(status, "lost", Map.of("page", page, "what", what, "kind", kind)));
  }

  private static boolean wantsPage(HttpServletRequest request) {
    String accept = request.getHeader(HttpHeaders.ACCEPT);
    String path = request.getRequestURI();
    return request.getMethod().equals("GET")
        && accept != null
        && accept.contains("text/html")
        && !path.startsWith("/v1/")
        && !path.startsWith("/actuator/");
  }
}
