// SPDX-License-Identifier: Apache-2.0
/** The formats, each with its reader. */
@NullMarked
package io.millrace.formats.read;

import org.jspecify.annotations.NullMarked;
