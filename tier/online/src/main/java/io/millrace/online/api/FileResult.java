// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.HiddenText;
import io.millrace.core.log.DeadLetter;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What became of a file that a client sent.
 *
 * @param file its name
 * @param status {@code accepted} or {@code refused}
 * @param documents identities of the documents that it gave
 * @param reason why it was refused; null where it was not
 * @param lost what of it could not be read, such as an attachment or pages beyond a limit
 * @param hidden what readers of it would not see, which is not searched; null for nothing
 */
public record FileResult(
    String file,
    String status,
    List<String> documents,
    @Nullable String reason,
    List<Lost> lost,
    HiddenText.@Nullable Mark hidden) {

  /**
   * A part of a file that is kept aside.
   *
   * @param source for example {@code mail.eml!report.pdf}
   */
  public record Lost(String source, String reason) {}

  /** A file that gave nothing. */
  static FileResult refused(String file, String reason) {
    return new FileResult(file, "refused", List.of(), reason, List.of(), null);
  }

  /** A file that gave documents. */
  static FileResult accepted(String file, List<String> documents, List<DeadLetter> lost, HiddenText.@Nullable Mark hidden) {
    return new FileResult(
        file,
        "accepted",
        documents,
        null,
        lost.stream().map(letter -> new Lost(letter.source(), letter.reason())).toList(),
        hidden);
  }

  /** Returns whether it gave documents. */
  public boolean accepted() {
    return status.equals("accepted");
  }
}
