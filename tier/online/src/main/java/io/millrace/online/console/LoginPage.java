// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

import java.util.Map;

/** Where people sign in with a key. */
@Controller
final class LoginPage {

  private final Templates templates;

  LoginPage(Templates templates) {
    this.templates = templates;
  }

  /**
   * Shows the form.
   *
   * @param next path to go to afterwards
   * @param refused whether a key was given that is not known
   */
  @GetMapping("/login")
  View login(
      Page page,
      @RequestParam(defaultValue = "/") String next,
      @RequestParam(defaultValue = "false") boolean refused) {
    return templates.view(
        refused ? HttpStatus.UNAUTHORIZED : HttpStatus.OK,
        "login",
        Map.of("page", page, "next", next, "refused", refused));
  }
}
