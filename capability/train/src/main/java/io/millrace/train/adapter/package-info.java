// SPDX-License-Identifier: Apache-2.0
/** Low-rank adapters over a frozen, possibly quantised decoder: LoRA and QLoRA, in the file format of PEFT. */
@NullMarked
package io.millrace.train.adapter;

import org.jspecify.annotations.NullMarked;
