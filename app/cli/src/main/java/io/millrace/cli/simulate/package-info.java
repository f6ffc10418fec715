// SPDX-License-Identifier: Apache-2.0
/** Labelled synthetic traffic through the public HTTP API, and what it measured. */
@NullMarked
package io.millrace.cli.simulate;

import org.jspecify.annotations.NullMarked;
