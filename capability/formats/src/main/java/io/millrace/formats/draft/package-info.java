// SPDX-License-Identifier: Apache-2.0
/** What a file says, on its way from a format to documents. */
@NullMarked
package io.millrace.formats.draft;

import org.jspecify.annotations.NullMarked;
