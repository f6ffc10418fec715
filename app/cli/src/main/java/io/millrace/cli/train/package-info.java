// SPDX-License-Identifier: Apache-2.0
/** {@code millrace train}: a sub-command a stage, over options that all share. */
@NullMarked
package io.millrace.cli.train;

import org.jspecify.annotations.NullMarked;
