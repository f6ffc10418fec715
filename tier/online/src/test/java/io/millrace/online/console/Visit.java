// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;

import java.util.ArrayList;
import java.util.List;

/** One person's visit with a fresh browser profile; it notes whatever the browser complains about. */
final class Visit implements AutoCloseable {

  final Page page;
  final List<String> complaints = new ArrayList<>();
  private final BrowserContext context;
  private final String base;

  Visit(Chromium chromium, Mill mill, String locale, ColorScheme scheme, int width) {
    this.base = mill.gateway.url();
    this.context =
        chromium.browser.newContext(
            new Browser.NewContextOptions().setLocale(locale).setColorScheme(scheme).setViewportSize(width, 820));
    context.addInitScript(
        "addEventListener('securitypolicyviolation', e => console.error('POLICY', e.violatedDirective, e.blockedURI))");
    this.page = context.newPage();
    page.onConsoleMessage(
        message -> {
          if (message.type().equals("error") || message.type().equals("warning")) {
            complaints.add(page.url() + ": " + message.text());
          }
        });
    page.onPageError(error -> complaints.add(page.url() + ": " + error));
  }

  Visit open(String path) {
    page.navigate(base + path);
    return this;
  }

  /** Asks and waits for the whole answer. */
  void ask(String question) {
    int before = page.locator(".why-button").count();
    page.fill("#question", question);
    page.keyboard().press("Enter");
    page.locator(".why-button").nth(before).waitFor();
  }

  @Override
  public void close() {
    context.close();
  }
}
