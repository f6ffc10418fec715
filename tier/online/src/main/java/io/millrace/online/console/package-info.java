// SPDX-License-Identifier: Apache-2.0
/** The pages that people use: rendered on the server from precompiled templates, in English and Chinese. */
@NullMarked
package io.millrace.online.console;

import org.jspecify.annotations.NullMarked;
