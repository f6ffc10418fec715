// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.online.http.FrontFilter;
import io.millrace.online.http.Refusal;
import io.millrace.online.http.RefusalWriter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.TypeMismatchException;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

import java.io.IOException;
import java.net.SocketTimeoutException;

/** Turns failures of controllers, and of what lies before them, into refusals. */
@RestController
@RestControllerAdvice
@Order(Ordered.LOWEST_PRECEDENCE)
public final class Failures implements ErrorController {

  /** A controller failed, or none was found. */
  @ExceptionHandler(Exception.class)
  public void failed(Exception failure, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    RefusalWriter.write(request, response, refusal(failure, request));
  }

  /** The container refused a request. */
  @RequestMapping("/error")
  public void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
    int status = request.getAttribute("jakarta.servlet.error.status_code") instanceof Integer code ? code : 404;
    Object failure = request.getAttribute("jakarta.servlet.error.exception");
    Refusal refusal;
    if (failure instanceof IOException lost && !(lost instanceof SocketTimeoutException)) {
      // What the container notes of this kind is about the connection, since failures of controllers do not come by here.
      refusal = Refusal.of(400, "the connection broke off");
    } else if (failure instanceof Throwable thrown) {
      refusal = FrontFilter.refusal(thrown);
    } else {
      refusal = Refusal.of(status, status == 404 ? "there is nothing here" : "the request was refused");
    }
    RefusalWriter.write(request, response, refusal);
  }

  private static Refusal refusal(Exception failure, HttpServletRequest request) {
    if (failure instanceof NoResourceFoundException) {
      return Refusal.notFound("not_found", null, "there is nothing at " + request.getRequestURI());
    }
    if (failure instanceof MethodArgumentTypeMismatchException mismatch) {
      Class<?> wanted = mismatch.getRequiredType();
      return Refusal.badRequest(
          mismatch.getName(),
          mismatch.getName() + " is '" + mismatch.getValue() + "': it must be a " + kind(wanted));
    }
    if (failure instanceof TypeMismatchException mismatch) {
      return Refusal.badRequest(mismatch.getPropertyName(), "a parameter is of the wrong type: " + mismatch.getValue());
    }
    return FrontFilter.refusal(failure);
  }

  private static String kind(@Nullable Class<?> type) {
    return type == boolean.class || type == Boolean.class ? "truth value (true or false)" : "whole number";
  }
}
