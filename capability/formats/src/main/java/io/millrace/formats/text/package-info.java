// SPDX-License-Identifier: Apache-2.0
/** Bytes as text, and text that readers do not see. */
@NullMarked
package io.millrace.formats.text;

import org.jspecify.annotations.NullMarked;
