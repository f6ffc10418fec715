// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.document.Document;

/** Which documents are embedded by which pipeline. */
enum Lane {
  /** Documents that were put through the interface: somebody is waiting for them. */
  LIVE {
    @Override
    boolean owns(Document document) {
      return document.source().equals("api");
    }

    @Override
    int threads() {
      return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }
  },
  /** Documents that were published in bulk: there are many, and nobody is waiting. */
  BACKLOG {
    @Override
    boolean owns(Document document) {
      return !LIVE.owns(document);
    }

    @Override
    int threads() {
      return 1;
    }
  };

  abstract boolean owns(Document document);

  abstract int threads();
}
