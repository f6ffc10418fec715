// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.DelegatingAnalyzerWrapper;

/** Chooses the analysis by the field's script. */
final class BothScripts extends DelegatingAnalyzerWrapper {
  private final Analyzer latin = new LatinAnalyzer();
  private final Analyzer han = new HanAnalyzer();

  BothScripts() {
    super(PER_FIELD_REUSE_STRATEGY);
  }

  @Override
  protected Analyzer getWrappedAnalyzer(String field) {
    return field.endsWith(".han") ? han : latin;
  }
}
