/** The headers in reading order. No code: a program includes what it uses.
 *
 *  base/status.h       what can fail, and the sentence that says why
 *  base/mem.h          memory that is counted; base/available.h: memory that is left
 *  base/rng.h          random numbers as functions of (seed, stream, index);
 *                      base/hash.h: a number for a text; base/whole.h: small arithmetic
 *  base/option.h       tables of options: job files, --set, flags; base/choice.h: lists of words
 *  base/tree.h         a YAML file as a tree; base/csv.h: small tables as text
 *  base/aside.h        files written aside; base/input.h: files that are read;
 *                      base/temp.h: folders for as long as a command; base/text.h: texts composed
 *                      piece by piece
 *  base/child.h        other programs; base/signals.h: who asks this one to leave
 *  base/log.h          lines for people; base/work.h, base/bar.h: progress while they wait;
 *                      base/look.h: bold and colour; base/columns.h: how wide a text is
 *  base/profile.h      where the time of a step goes
 *  op/linear.h         matrix products
 *  op/fused.h          the streaming attention tiles and their backends; op/local.h and op/smooth.h
 *                      name their kinds; op/instruction_set.h: what kernels run on
 *  op/norm.h rms_norm.h gate.h gelu.h embed.h pool.h xent.h adam.h dropout.h convolution.h
 *                      average.h add.h: the other operators
 *  comm/world.h        the ranks; comm/agree.h: they fail together; comm/reduce.h: sums over them;
 *                      comm/exchange.h: messages between two; comm/traffic.h: how much is sent;
 *                      comm/file.h: a file they write together
 *  array/layout.h      who owns which rows; array/dmat.h: matrices on a BLACS grid
 *  array/strips.h      how a sharded sequence lies on ranks; array/sharded.h: several, in an array;
 *                      array/halo.h: rows beside strips; array/row_exchange.h: any rows of others;
 *                      array/scan.h: sums along the strips
 *  parse/source.h      files from outside; what stands in them: parse/audio.h, parse/wfdb.h,
 *                      parse/letters.h, parse/npy.h, parse/labelled.h
 *  io/h5.h             the door to HDF5; io/output.h: what may be replaced; io/picture.h, io/png.h:
 *                      pictures
 *  data/dataset.h      stop 1, a data set; data/input.h: what samples are made of; data/target.h:
 *                      what is asked about them; data/moments.h: what values are like;
 *                      data/equals.h: what stands there twice; data/content.h: what must be read
 *                      to be told
 *  data/builder.h      makes a data set from samples that come one at a time
 *  data/subset.h       which samples a limit leaves; data/classes.h: classes that a split lacks
 *  data/batch.h        stop 2, the samples of a step; data/packing.h: their tokens over ranks;
 *                      data/load.h: how much that is at most
 *  task/task.h         how a data set is made, and the makers
 *  model/param.h       the table of parameters; model/mimetic.h: start values of attention
 *  attention/attention.h  stop 4a; attention/volume.h: what it should send
 *  model/embedding.h   stop 3; model/block.h: stop 4; model/layer.h: the layers of a block;
 *                      model/inner.h: layers inside of one; model/head.h: 5, for pairs of
 *                      documents model/pair_head.h; model/pooling.h: tokens of a document to
 *                      one vector
 *  model/qkv.h         queries, keys and values; model/qk_norm.h: norm of the first two;
 *                      model/relative_bias.h: a bias per distance
 *  model/objective.h   what is to be achieved, and the figures that tell it
 *  model/model.h       forward and backward through them
 *  model/execution.h   how they are computed on the ranks at hand
 *  train/loss.h        stop 6; train/shard.h, train/gradient.h: stop 7
 *  train/optimizer.h   stop 8
 *  train/checkpoint.h  stop 9
 *  train/trainer.h     one step
 *  train/volume.h      what a step should send, by formula
 *  train/parallel.h    which ranks share samples
 *  train/memory.h      what a job needs of memory
 *  train/subject.h     a checkpoint with its job, data and model, to be tested or looked at
 *  train/standing.h    the best model, patience, plateau; train/advice.h: settings that cannot act
 *  run/run.h           a whole run with its folder
 *  run/lives.h         how often a run was started, and how each life ended
 *  run/newest.h        which checkpoint of a folder is the newest, which the best
 *  run/detail.h        what a step came to, for --debug
 *  run/record.h        what a run writes down about itself; run/kept.h: tests it remembers
 *  run/checkpoint_test.h  a checkpoint is tested, and the figures kept
 *  run/saver.h         when a run saves, and what if it cannot
 *  run/watch.h         what if nothing moves
 *  run/known.h         libraries to be warned of
 *  run/named.h         what a word of the command line names of a run
 *  study/study.h       many runs as one file; study/sweep.h: one after another
 *  study/run_paths.h   which runs; study/table.h, study/report.h: what came out of them
 *  study/attention_maps.h  what a model looks at in a sample
 *  study/explanation.h  which of its steps mattered for an answer */
#ifndef LONGWAVE_LONGWAVE_H
#define LONGWAVE_LONGWAVE_H
#endif
