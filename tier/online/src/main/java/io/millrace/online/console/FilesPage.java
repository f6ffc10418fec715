// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.online.api.FilesApi;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.servlet.View;

import java.io.IOException;
import java.util.Map;

/** Files that people add on the search page; they go the way of any client's. */
@Controller
final class FilesPage {

  private final Templates templates;
  private final FilesApi api;

  FilesPage(Templates templates, FilesApi api) {
    this.templates = templates;
    this.api = api;
  }

  /** Takes files on and shows what became of each. */
  @PostMapping(path = "/console/files", headers = "HX-Request")
  View take(Page page, HttpServletRequest request) throws IOException {
    return templates.view("files", Map.of("page", page, "files", api.post(request).files()));
  }
}
