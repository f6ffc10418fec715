// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.View;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Renders the templates that were compiled with the program. */
@Component
public final class Templates {

  private final TemplateEngine engine = TemplateEngine.createPrecompiled(ContentType.Html);

  /** Returns a page or a part of one; parameters are the template's, by name. */
  public View view(String template, Map<String, Object> parameters) {
    return view(HttpStatus.OK, template, parameters);
  }

  /** Returns a page that comes with another status than 200. */
  public View view(HttpStatus status, String template, Map<String, Object> parameters) {
    return (model, request, response) -> {
      // Rendered whole before anything is sent: a failure becomes an error page, not half a page.
      StringOutput output = new StringOutput();
      engine.render(template + ".jte", parameters, output);
      send(response, status, output.toString());
    };
  }

  private static void send(HttpServletResponse response, HttpStatus status, String html)
      throws IOException {
    byte[] body = html.getBytes(StandardCharsets.UTF_8);
    response.setStatus(status.value());
    response.setContentType("text/html;charset=UTF-8");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
