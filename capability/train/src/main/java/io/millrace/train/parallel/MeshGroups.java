// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

import io.millrace.tensor.collective.Collective;
import io.millrace.tensor.collective.SingleProcess;

/**
 * The groups of a mesh that this rank belongs to, each with connections of its own; closes them, but not the whole.
 *
 * <p>Every rank makes its own at the same time, since parting a group is an exchange of all of it.
 */
public final class MeshGroups implements AutoCloseable {
  private final Mesh mesh;
  private final Mesh.Seat seat;
  private final Collective all;
  private final Collective slices;
  private final Collective experts;
  private final Collective copies;
  private final Collective readers;
  private final Collective model;

  /**
   * Parts {@code all} into the groups of {@code mesh}.
   *
   * @throws IllegalArgumentException if their sizes differ
   */
  public MeshGroups(Mesh mesh, Collective all) {
    if (mesh.size() != all.size()) {
      throw new IllegalArgumentException("%s needs %d ranks, found %d".formatted(mesh, mesh.size(), all.size()));
    }
    this.mesh = mesh;
    this.all = all;
    seat = mesh.seat(all.rank());
    slices = part(mesh.tensor(), seat.data() * mesh.expert() + seat.expert());
    experts = part(mesh.expert(), seat.data() * mesh.tensor() + seat.tensor());
    copies = part(mesh.data(), seat.expert() * mesh.tensor() + seat.tensor());
    readers = part(mesh.readers(), seat.tensor());
    model = part(mesh.expert() * mesh.tensor(), seat.data());
  }

  private Collective part(int size, int colour) {
    return size == 1 ? new SingleProcess() : all.split(colour);
  }

  /** The mesh. */
  public Mesh mesh() {
    return mesh;
  }

  /** Where this rank sits. */
  public Mesh.Seat seat() {
    return seat;
  }

  /** Every rank. */
  public Collective all() {
    return all;
  }

  /** Ranks that share this one's rows and have the other slices of the matrices. */
  Collective slices() {
    return slices;
  }

  /** Ranks that have the other experts of this one's copy, and the same slice. */
  Collective experts() {
    return experts;
  }

  /** Ranks that hold exactly what this one holds. */
  Collective copies() {
    return copies;
  }

  /** Ranks that read the other rows and have the same slice: everything that is neither sliced nor an expert is alike. */
  Collective readers() {
    return readers;
  }

  /** Ranks that together hold one copy of the model. */
  Collective model() {
    return model;
  }

  @Override
  public void close() {
    model.close();
    readers.close();
    copies.close();
    experts.close();
    slices.close();
  }
}
