// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.core.document.Labels;
import io.millrace.core.spi.Access;
import io.millrace.online.http.Refusal;
import io.millrace.online.security.Caller;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;

/**
 * What a caller may do to documents. A key gives labels that it holds and changes documents all of whose labels it holds. A
 * tenant's documents have identities that begin with its name, which nobody else may use: so tenants never meet at one
 * identity, and a refusal tells nothing of what is there.
 */
record WriteRights(Caller caller) {

  /**
   * Returns the labels that a document gets.
   *
   * @param given by the client; null where it left them out
   */
  Set<String> labels(@Nullable List<String> given) {
    if (given == null) {
      return caller.usualLabels();
    }
    Set<String> labels;
    try {
      labels = Labels.of(given);
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest("labels", String.valueOf(e.getMessage()));
    }
    for (String label : labels) {
      if (!caller.access().holds(Set.of(label))) {
        throw Refusal.forbidden(
            "label_not_held",
            "the key '" + caller.name() + "' does not hold the label '" + label
                + "': give labels that it holds, or add it to the key in keys.yaml");
      }
    }
    if (labels.isEmpty() && !caller.usualLabels().isEmpty()) {
      throw Refusal.badRequest(
          "labels", "documents of a tenant have labels: leave labels out for " + caller.usualLabels() + ", or give some");
    }
    return labels;
  }

  /** Refuses to put a document where the caller has no say, in the same words whether or not something is there. */
  void put(String id, @Nullable Document there) {
    if (!caller.mayName(id) || there != null && !access().sees(there.labels())) {
      throw Refusal.forbidden(
          "id_not_writable",
          "the key '" + caller.name() + "' may not write a document '" + id + "': "
              + (caller.namespace().isEmpty()
                  ? "choose another identity"
                  : "identities of its documents begin with '" + caller.namespace() + "'"));
    }
    change(id, there);
  }

  /** Refuses to delete a document that is visible but not the caller's; what is not visible is not there. */
  void delete(String id, Document there) {
    if (!caller.mayName(id)) {
      throw Refusal.forbidden(
          "id_not_writable", "the document '" + id + "' is not one that the key '" + caller.name() + "' may delete");
    }
    change(id, there);
  }

  /** Refuses to put a version again that has labels which are not the caller's, without naming them. */
  void restore(String id, Document version) {
    change(id, version);
  }

  /** Returns whether a document may be deleted. */
  boolean mayDelete(Document there) {
    return caller.mayName(there.id()) && access().sees(there.labels()) && access().holds(there.labels());
  }

  private void change(String id, @Nullable Document there) {
    if (there != null && !access().holds(there.labels())) {
      throw Refusal.forbidden(
          "label_not_held",
          "the document '" + id + "' has labels that the key '" + caller.name()
              + "' does not hold, so it can neither replace nor delete it");
    }
  }

  private Access access() {
    return caller.access();
  }
}
