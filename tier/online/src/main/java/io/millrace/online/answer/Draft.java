// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.spi.Guard;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * An answer before risk control has seen it.
 *
 * @param model that made it; null for none
 * @param text with markers
 * @param citations in the order of their numbers
 * @param ownWords where the sources' words begin: what stands before is the gateway's own
 * @param evidence texts of the passages that it rests on, in the order of the citations
 * @param promptTokens tokens read
 * @param completionTokens tokens written
 * @param finish why it ended
 */
record Draft(
    Mode mode,
    @Nullable String model,
    String text,
    int ownWords,
    List<Citation> citations,
    List<String> evidence,
    int promptTokens,
    int completionTokens,
    Finish finish) {

  /** Returns the draft without secrets and personal data that its sources may hold. */
  Draft redacted(Guard guard) {
    List<Citation> clean = citations.stream().map(citation -> citation.redacted(guard)).toList();
    return new Draft(
        mode, model, guard.redact(text).text(), ownWords, clean, evidence, promptTokens, completionTokens, finish);
  }
}
