// SPDX-License-Identifier: Apache-2.0
/** The models in use: following the registry's aliases and swapping while requests run. */
@NullMarked
package io.millrace.online.model;

import org.jspecify.annotations.NullMarked;
