// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import java.nio.file.Path;

/**
 * Where a domain is that is measured.
 *
 * @param pack the directory with its {@code domain.yaml}
 * @param home the directory of all that is made for it; need not exist
 */
public record DomainPlace(Path pack, Path home) {}
