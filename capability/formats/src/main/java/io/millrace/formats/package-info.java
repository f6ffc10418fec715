// SPDX-License-Identifier: Apache-2.0
/** Files of any format to documents, read in processes of their own. */
@NullMarked
package io.millrace.formats;

import org.jspecify.annotations.NullMarked;
