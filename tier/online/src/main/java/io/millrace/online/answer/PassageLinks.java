// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Passage;
import org.springframework.web.util.UriUtils;

import java.nio.charset.StandardCharsets;

/** Where documents and passages are shown. */
public final class PassageLinks {

  private PassageLinks() {}

  /** Returns the title of a passage's document. */
  public static String title(Passage passage) {
    return passage.path().isEmpty() ? passage.documentId() : passage.path().getLast();
  }

  /** Returns the address of a passage within this gateway. */
  public static String url(Passage passage) {
    return url(passage.documentId())
        + (passage.anchor().isEmpty() ? "" : "#" + UriUtils.encode(passage.anchor(), StandardCharsets.UTF_8));
  }

  /** Returns the address of a document within this gateway. */
  public static String url(String document) {
    return "/documents/" + UriUtils.encodePath(document, StandardCharsets.UTF_8).replace(";", "%3B");
  }
}
