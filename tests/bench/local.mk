# SPDX-License-Identifier: BSD-2-Clause
# What `make bench` runs.
