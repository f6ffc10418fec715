// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.guard.DocumentInspection;
import io.millrace.online.event.EventJournal;
import io.millrace.online.model.ServedModels;
import io.millrace.online.security.Caller;

import java.util.ArrayList;
import java.util.List;

/** Has the documents that clients send looked at by risk control, and writes down what it found. */
public final class Inspections {

  /** Characters of hidden text of one request that are judged: some seconds' work. */
  private static final int MOST = 2_000_000;

  private final ServedModels models;
  private final EventJournal journal;

  public Inspections(ServedModels models, EventJournal journal) {
    this.models = models;
    this.journal = journal;
  }

  /**
   * Returns documents with marks on those whose hidden text breaks a rule.
   *
   * @param trace of the request
   * @param user whom the verdicts are written down for
   */
  List<Document> judged(List<Document> documents, String trace, String user) {
    DocumentInspection inspection = new DocumentInspection(models.guard(), trace, user, MOST);
    List<Document> judged = new ArrayList<>();
    for (Document document : documents) {
      DocumentInspection.Inspected inspected = inspection.inspect(document);
      judged.add(inspected.document());
      writeDown(inspected);
    }
    return judged;
  }

  /** Looks at one document; what is found is not written down yet, since the document may be refused. */
  DocumentInspection.Inspected look(Document document, String trace, String user) {
    return new DocumentInspection(models.guard(), trace, user, MOST).inspect(document);
  }

  void writeDown(DocumentInspection.Inspected inspected) {
    if (inspected.finding() != null) {
      journal.append(inspected.finding());
    }
  }

  /** Returns the user whom verdicts on what a client sends are written down for. */
  String user(Caller caller) {
    return caller.user(null, models.guard());
  }
}
