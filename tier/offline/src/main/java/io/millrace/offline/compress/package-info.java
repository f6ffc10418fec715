// SPDX-License-Identifier: Apache-2.0
/** Makes decoders smaller and measures them beside those that they came from. */
@NullMarked
package io.millrace.offline.compress;

import org.jspecify.annotations.NullMarked;
