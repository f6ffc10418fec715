// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.servlet.View;

import java.util.Map;

/** The start page, where one asks; and the suggestions, where one browses. */
@Controller
final class ChatPage {

  private final Templates templates;
  private final ExampleQuestions examples;

  ChatPage(Templates templates, ExampleQuestions examples) {
    this.templates = templates;
    this.examples = examples;
  }

  @GetMapping("/")
  View chat(Page page) {
    return templates.view("chat", Map.of("page", page, "examples", examples.in(page.words().language())));
  }

  @GetMapping("/home")
  View home(Page page) {
    return templates.view("home", Map.of("page", page));
  }
}
