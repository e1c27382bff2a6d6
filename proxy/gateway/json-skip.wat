;; Passes over the inside of a JSON value, 64 bytes a step: quotes, backslashes and brackets as bits of a word each.
;; The way of simdjson (Langdale, Lemire: Parsing Gigabytes of JSON per Second, https://arxiv.org/abs/1902.08318, §3.1).
;; `npm run wasm` makes json-skip-wasm.ts of it; a test compares them.
(module
  (memory (export "memory") 1)

  ;; Where we are between two calls: how many brackets are open, and what the next byte belongs to.
  (global $depth (export "depth") (mut i32) (i32.const 0))
  (global $inString (export "inString") (mut i32) (i32.const 0))
  (global $isEscaped (export "isEscaped") (mut i32) (i32.const 0))

  ;; A bit for each of 64 bytes that is the wanted one.
  (func $where (param $a v128) (param $b v128) (param $c v128) (param $d v128) (param $byte v128) (result i64)
    (i64.or
      (i64.or
        (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $a) (local.get $byte))))
        (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $b) (local.get $byte)))) (i64.const 16)))
      (i64.or
        (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $c) (local.get $byte)))) (i64.const 32))
        (i64.shl (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $d) (local.get $byte)))) (i64.const 48)))))

  (func $not (param $bits i64) (result i64)
    (i64.xor (local.get $bits) (i64.const -1)))

  ;; Each bit set from an odd quote up to the next: the bytes within strings, opening quotes included.
  (func $between (param $quotes i64) (result i64)
    (local.set $quotes (i64.xor (local.get $quotes) (i64.shl (local.get $quotes) (i64.const 1))))
    (local.set $quotes (i64.xor (local.get $quotes) (i64.shl (local.get $quotes) (i64.const 2))))
    (local.set $quotes (i64.xor (local.get $quotes) (i64.shl (local.get $quotes) (i64.const 4))))
    (local.set $quotes (i64.xor (local.get $quotes) (i64.shl (local.get $quotes) (i64.const 8))))
    (local.set $quotes (i64.xor (local.get $quotes) (i64.shl (local.get $quotes) (i64.const 16))))
    (i64.xor (local.get $quotes) (i64.shl (local.get $quotes) (i64.const 32))))

  ;; Reads the first `length` bytes of the memory, a multiple of 64. The index behind the bracket that leaves one
  ;; open; -1 when there is none.
  (func (export "skip") (param $length i32) (result i32)
    (local $at i32) (local $depth i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $inString i64) (local $isEscaped i64)
    (local $backslashes i64) (local $behind i64) (local $sum i64) (local $escaped i64)
    (local $strings i64) (local $opening i64) (local $closing i64) (local $left i64) (local $first i64)
    (local.set $depth (global.get $depth))
    (local.set $inString (i64.sub (i64.const 0) (i64.extend_i32_u (global.get $inString))))
    (local.set $isEscaped (i64.extend_i32_u (global.get $isEscaped)))
    (block $end
      (loop $step
        (br_if $end (i32.ge_u (local.get $at) (local.get $length)))
        (local.set $a (v128.load (local.get $at)))
        (local.set $b (v128.load offset=16 (local.get $at)))
        (local.set $c (v128.load offset=32 (local.get $at)))
        (local.set $d (v128.load offset=48 (local.get $at)))

        ;; Which bytes are escaped: those behind an odd run of backslashes. Adding the starts of such runs at odd
        ;; places carries through them.
        (local.set $backslashes (i64.and
          (call $where (local.get $a) (local.get $b) (local.get $c) (local.get $d) (i8x16.splat (i32.const 0x5c)))
          (call $not (local.get $isEscaped))))
        (local.set $behind (i64.or (i64.shl (local.get $backslashes) (i64.const 1)) (local.get $isEscaped)))
        (local.set $sum (i64.add
          (local.get $backslashes)
          (i64.and
            (i64.and (local.get $backslashes) (call $not (local.get $behind)))
            (i64.const 0xaaaaaaaaaaaaaaaa))))
        (local.set $isEscaped (i64.extend_i32_u (i64.lt_u (local.get $sum) (local.get $backslashes))))
        (local.set $escaped (i64.and
          (local.get $behind)
          (i64.xor (i64.const 0x5555555555555555) (i64.shl (local.get $sum) (i64.const 1)))))

        (local.set $strings (i64.xor
          (local.get $inString)
          (call $between (i64.and
            (call $where (local.get $a) (local.get $b) (local.get $c) (local.get $d) (i8x16.splat (i32.const 0x22)))
            (call $not (local.get $escaped))))))
        (local.set $inString (i64.shr_s (local.get $strings) (i64.const 63)))

        (if (i64.ne (local.get $strings) (i64.const -1))
          (then
            ;; With this bit set, square brackets are curly ones, and no other byte is.
            (local.set $a (v128.or (local.get $a) (i8x16.splat (i32.const 0x20))))
            (local.set $b (v128.or (local.get $b) (i8x16.splat (i32.const 0x20))))
            (local.set $c (v128.or (local.get $c) (i8x16.splat (i32.const 0x20))))
            (local.set $d (v128.or (local.get $d) (i8x16.splat (i32.const 0x20))))
            (local.set $opening (i64.and
              (call $where (local.get $a) (local.get $b) (local.get $c) (local.get $d) (i8x16.splat (i32.const 0x7b)))
              (call $not (local.get $strings))))
            (local.set $closing (i64.and
              (call $where (local.get $a) (local.get $b) (local.get $c) (local.get $d) (i8x16.splat (i32.const 0x7d)))
              (call $not (local.get $strings))))
            (if (i32.gt_s
                  (i32.sub (local.get $depth) (i32.wrap_i64 (i64.popcnt (local.get $closing))))
                  (i32.const 1))
              (then
                (local.set $depth (i32.add
                  (local.get $depth)
                  (i32.wrap_i64 (i64.sub (i64.popcnt (local.get $opening)) (i64.popcnt (local.get $closing)))))))
              (else
                ;; The last bracket may be among them: one after the other.
                (local.set $left (i64.or (local.get $opening) (local.get $closing)))
                (block $none
                  (loop $next
                    (br_if $none (i64.eqz (local.get $left)))
                    (local.set $first (i64.and (local.get $left) (i64.sub (i64.const 0) (local.get $left))))
                    (if (i64.eqz (i64.and (local.get $opening) (local.get $first)))
                      (then
                        (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
                        (if (i32.eq (local.get $depth) (i32.const 1))
                          (then
                            (return (i32.add
                              (i32.add (local.get $at) (i32.const 1))
                              (i32.wrap_i64 (i64.ctz (local.get $first))))))))
                      (else (local.set $depth (i32.add (local.get $depth) (i32.const 1)))))
                    (local.set $left (i64.xor (local.get $left) (local.get $first)))
                    (br $next)))))))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $step)))
    (global.set $depth (local.get $depth))
    (global.set $inString (i32.and (i32.wrap_i64 (local.get $inString)) (i32.const 1)))
    (global.set $isEscaped (i32.wrap_i64 (local.get $isEscaped)))
    (i32.const -1)))
