/* The words that other programs, libraries and papers use. */
#include "job_words.h"

const lw_synonym lw_data_words[] = {
    {"dataset datasets input", "", NULL, NULL},
    {"file data_path data_file dataset_path train_data train_file data_dir root filename h5",
     "path", NULL, NULL},
    {"max_len maxlen seq_len seqlen seq_length sequence_length max_seq_len max_seq_length "
     "context context_length context_size block_size n_ctx truncate max_position_embeddings",
     "max_length", NULL, NULL},
    {"curriculum stages warmup_data easy_data pre_data", "before", NULL, NULL},
    {"sequence_length_warmup seqlen_warmup curriculum_steps length_warmup_steps", "length_warmup",
     NULL, NULL},
    {"start_length min_length initial_length", "length_start", NULL, NULL},
    {"shuffle", NULL, NULL,
     "there is no such option: training samples are drawn in a new order every epoch, by "
     "train.seed"},
    {"num_workers workers n_workers prefetch pin_memory", NULL, NULL,
     "there is no such option: each rank reads its samples itself"},
    {"tokenizer vocab_size vocab vocabulary num_classes n_classes classes num_labels input_dim "
     "output_dim",
     NULL, NULL, "there is no such option: the data set decides it, see longwave prepare"},
    {"val_split validation_split valid_split val val_size test_split train_split split", NULL, NULL,
     "there is no such option: the splits are made by longwave prepare, and training takes "
     "train and validation"},
    {"augment augmentation transforms normalize normalise", NULL, NULL,
     "there is no such option: longwave prepare makes the samples as they are trained on"},
    {0}};

const lw_synonym lw_model_words[] = {
    {"network net transformer arch architecture encoder", "", NULL, NULL},
    {"n_layers num_layers nlayers n_layer num_layer depth blocks n_blocks num_blocks "
     "num_hidden_layers encoder_layers",
     "layers", NULL, NULL},
    {"hidden_size d_model dmodel dim embed_dim embedding_dim emb_dim n_embd embedding_size "
     "hidden_dim hidden channels model_dim embed_size",
     "width", NULL, NULL},
    {"num_heads n_heads nhead nheads n_head num_attention_heads attention_heads", "heads", NULL,
     NULL},
    {"d_ff dff ffn_dim ff_dim ffn_size mlp_dim dim_feedforward intermediate_size ffn_hidden "
     "feedforward hidden_ffn",
     "ffn", NULL, NULL},
    {"mlp_ratio ffn_ratio ff_mult mlp_mult expansion", "ffn", NULL,
     "It is a width, not a ratio; 0: four times model.width"},
    {"rope rotary rotary_emb rotary_embedding", "positions", "rotary", NULL},
    {"partial_rotary_factor rotary_pct rotary_percent rotary_fraction partial_rotary half_rotary",
     "rotary_share", NULL, NULL},
    {"rotary_dim rotary_ndims rotary_dims", "rotary_share", NULL,
     "It is a share of a head's channels"},
    {"sinusoid sine sin sincos fixed absolute", "positions", "sinusoidal", NULL},
    {"learnt learnable trainable", "positions", "learned", NULL},
    {"nope no off false", "positions", "none", NULL},
    {"position pos_enc pos_emb pos_encoding position_encoding positional_encoding "
     "position_embedding pos_embed position_embedding_type",
     "positions", NULL, NULL},
    {"normalization normalisation norm_type", "norm", NULL, NULL},
    {"layernorm layer_norm ln", "norm", "layer", NULL},
    {"batchnorm batch_norm bn", "norm", "batch", NULL},
    {"prenorm pre_norm norm_first pre_ln preln", "norm_position", "pre", NULL},
    {"postnorm post_norm post_ln postln", "norm_position", "post", NULL},
    {"query_key_norm qk_layernorm qk_rms_norm use_qk_norm", "qk_norm", NULL, NULL},
    {"dropout_rate drop drop_rate p_drop dropout_p dropout_prob hidden_dropout "
     "hidden_dropout_prob resid_dropout residual_dropout attn_dropout attention_dropout "
     "drop_prob",
     "dropout", NULL, NULL},
    {"pool pool_type pooling_type aggregation readout", "pooling", NULL, NULL},
    {"avg average gap global_average", "pooling", "mean", NULL},
    {"maximum maxpool global_max", "pooling", "max", NULL},
    {"final last_token", "pooling", "last", NULL},
    {"cls_token class_token use_cls_token first first_token bos", "pooling", "cls",
     "It marks the first token by a learned vector; no token is added"},
    {"attn attention_pooling attn_pool attentive seqpool map weighted", "pooling", "attention",
     NULL},
    {"activation act act_fn hidden_act", NULL, NULL,
     "there is no such option: the feed-forward part uses GELU"},
    {"conv conv1d short_conv short_convolution depthwise_conv canon conv_places", "convolution",
     NULL, NULL},
    {"d_conv conv_size conv_kernel conv_kernel_size conv_width conv_taps taps", "convolution_taps",
     NULL, NULL},
    {"ema mega ema_modes damped_ema ema_ndim moving_averages exponential_moving_average",
     "moving_average", NULL, NULL},
    {"mimetic_init init_method initialization initialisation weight_init", "start", NULL, NULL},
    {"gated_attention gate attn_gate output_gate use_gate use_output_gate", "attention_gate", NULL,
     NULL},
    {"pretrained weights pretrained_model init_from finetune_from init_checkpoint", NULL, NULL,
     "there is no such option: train.start_from takes start values from a checkpoint"},
    {"init init_std initializer_range", NULL, NULL,
     "there is no such option: parameters start from random numbers, by train.seed"},
    {0}};

const lw_synonym lw_attention_words[] = {
    {"attn self_attention las", "", NULL, NULL},
    {"alibi", "locality", "bias", NULL},
    {"relative_position_bias relative_attention_bias rel_pos_bias t5_bias", "relative_bias", NULL,
     NULL},
    {"multiply scaled scaling", "locality", "scale", NULL},
    {"subtract additive", "locality", "bias", NULL},
    {"slope slopes alpha max_decay", "bound", NULL, NULL},
    {"decays decay_rates", "alphas", NULL, NULL},
    {"layer_decay decay_by_layer depth_spread layerwise_decay", "layer_spread", NULL, NULL},
    {"window_size kernel kernel_size smoothing_window smooth smoothing", "window", NULL, NULL},
    {"centered center centre symmetric", "alignment", "centred", NULL},
    {"is_causal autoregressive mask causal_mask", "causal", NULL, NULL},
    {"bidirectional non_causal", "causal", "false", NULL},
    {"chunk_size chunk_len", "chunk", NULL, NULL},
    {"flash flash_attention sdpa kernel_type", "engine", "fused", NULL},
    {"tol far_field_tolerance", "tolerance", NULL, NULL},
    {0}};

const lw_synonym lw_objective_words[] = {
    {"criterion losses goal", "", NULL, NULL},
    {"loss_fn loss_function loss_type cost", "loss", NULL, NULL},
    {"mse l2 squared_error mean_squared_error", "loss", "squared", NULL},
    {"mae l1 absolute_error mean_absolute_error", "loss", "absolute", NULL},
    {"smooth_l1 huber_loss", "loss", "huber", NULL},
    {"delta beta", "huber_delta", NULL, NULL},
    {"class_weight weight weights balanced_classes", "class_weights", NULL, NULL},
    {"pos_weight pos_weights positive_weight", "positive_weights", NULL, NULL},
    {"metric monitor metric_for_best_model selection_metric best_metric early_stopping_metric "
     "eval_metric",
     "select", NULL, NULL},
    {"focal focal_loss", NULL, NULL,
     "there is no such option: objective.class_weights and objective.positive_weights weigh rare "
     "classes"},
    {"aux_weight auxiliary_weight aux_loss_weight auxiliary_loss auxiliary aux", "step_weight",
     NULL, NULL},
    {"pretraining self_supervised ssl pretext pretrain_objective", "pretrain", NULL, NULL},
    {"mlm masked_lm masked_language_model masking denoising", "pretrain", "masked", NULL},
    {"clm causal_lm autoregressive next_token", "pretrain", "next_step", NULL},
    {"mask_prob mask_ratio mlm_probability masking_ratio mask_rate", "mask_share", NULL, NULL},
    {"span_length mask_length span mask_span_length", "mask_span", NULL, NULL},
    {0}};

const lw_synonym lw_train_words[] = {
    {"training trainer run fit", "", NULL, NULL},
    {"max_steps num_steps n_steps iterations iters max_iters num_iterations total_steps "
     "training_steps train_steps updates max_updates",
     "steps", NULL, NULL},
    {"epoch num_epochs n_epochs max_epochs num_train_epochs training_epochs", "epochs", NULL, NULL},
    {"batch bs b train_batch_size global_batch_size total_batch_size batch_per_gpu "
     "minibatch minibatch_size per_device_train_batch_size",
     "batch_size", NULL, NULL},
    {"grad_accum grad_accumulation gradient_accumulation gradient_accumulation_steps "
     "accumulate_grad_batches accum_steps accumulation_steps micro_batches microbatches accum",
     "accumulation", NULL, NULL},
    {"micro_batch micro_batch_size microbatch_size", "accumulation", NULL,
     "It is the number of pieces: train.batch_size over the samples of a piece"},
    {"random_seed manual_seed rng_seed rng random_state", "seed", NULL, NULL},
    {"label_smooth ls_eps label_smoothing_factor", "label_smoothing", NULL, NULL},
    {"pretrained init_from finetune_from init_checkpoint load_from warm_start checkpoint",
     "start_from", NULL, NULL},
    {"eval_every eval_interval eval_steps eval_freq val_every val_interval val_check_interval "
     "validate_every validation_interval evaluation_interval val_freq eval_period",
     "evaluate_every", NULL, NULL},
    {"eval_iters eval_limit limit_val_batches val_limit max_eval_samples", "evaluate_limit", NULL,
     NULL},
    {"early_stopping early_stop early_stopping_patience", "patience", NULL, NULL},
    {"log_interval logging_steps log_freq log_steps print_every print_freq log_every_n_steps",
     "log_every", NULL, NULL},
    {"timeout stall_timeout hang_timeout", "stall_minutes", NULL, NULL},
    {0}};

const lw_synonym lw_optimizer_words[] = {
    {"optim optimiser opt adam adamw", "", NULL, NULL},
    {"lr max_lr peak_lr base_lr learning_rate_max eta step_size lr_max initial_lr", "learning_rate",
     NULL, NULL},
    {"betas b1 adam_beta1 momentum", "beta1", NULL, NULL},
    {"b2 adam_beta2", "beta2", NULL, NULL},
    {"eps adam_eps adam_epsilon", "epsilon", NULL, NULL},
    {"wd decay l2 weight_decay_rate l2_reg", "weight_decay", NULL, NULL},
    {"grad_clip gradient_clip gradient_clipping clip_grad clip_grad_norm grad_norm_clip "
     "max_grad_norm grad_norm max_norm clip_norm gradient_clip_val clipping",
     "clip", NULL, NULL},
    {"scheduler lr_scheduler lr_schedule lr_scheduler_type sched lr_decay lr_policy", "schedule",
     NULL, NULL},
    {"cosine_annealing cosine_decay cos cosine_with_warmup cosineannealinglr onecycle", "schedule",
     "cosine", NULL},
    {"linear_decay linear_with_warmup polynomial", "schedule", "linear", NULL},
    {"wsd warmup_stable_decay trapezoidal cooldown_schedule constant_with_cooldown", "schedule",
     "trapezoid", NULL},
    {"const fixed none off flat constant_with_warmup", "schedule", "constant", NULL},
    {"reduce_on_plateau reduce_lr_on_plateau reducelronplateau", "schedule", "plateau", NULL},
    {"warmup_steps lr_warmup num_warmup_steps warmup_iters warmup_updates", "warmup", NULL, NULL},
    {"warmup_ratio warmup_fraction warmup_epochs warmup_proportion", "warmup", NULL,
     "It is a number of steps"},
    {"min_lr lr_min final_lr eta_min end_lr min_lr_ratio lr_end", "final_rate", NULL,
     "It is a share of the learning rate"},
    {"cooldown cooldown_frac cooldown_fraction cooldown_share decay_frac decay_fraction "
     "decay_ratio",
     "decay_share", NULL, "It is a share of the steps after the warm-up"},
    {"num_decay_steps decay_steps cooldown_steps cooldown_iters", "decay_share", NULL,
     "It is a share of the steps after the warm-up"},
    {"factor lr_factor gamma", "plateau_factor", NULL, NULL},
    {"lr_patience", "plateau_patience", NULL, NULL},
    {"type name optimizer optimizer_type optimizer_name", "kind", NULL, NULL},
    {"muon_lr lr_muon matrix_lr muon_rate hidden_lr", "muon_learning_rate", NULL, NULL},
    {"muon_beta muon_mu mu", "muon_momentum", NULL, NULL},
    {"adam_lr adamw_lr lr_adam", "learning_rate", NULL, NULL},
    {"nesterov ns_steps newton_schulz_steps ns_coefficients", NULL, NULL,
     "there is no such option: muon always takes Nesterov's momentum and five iterations"},
    {"amsgrad", NULL, NULL,
     "there is no such option: of AdamW there is one kind (optimizer.kind: adamw or muon)"},
    {0}};

const lw_synonym lw_checkpoint_words[] = {
    {"checkpoints checkpointing saving save output", "", NULL, NULL},
    {"save_every save_steps save_interval save_freq checkpoint_every checkpoint_interval "
     "ckpt_every ckpt_interval",
     "every", NULL, NULL},
    {"keep_last save_total_limit max_to_keep keep_checkpoints num_checkpoints save_top_k", "keep",
     NULL, NULL},
    {"save_minutes checkpoint_minutes", "minutes", NULL, NULL},
    {"output_dir out_dir save_dir run_dir log_dir resume_from resume", NULL, NULL,
     "there is no such option: the run folder is that of longwave train --run, and --resume "
     "goes on"},
    {0}};

const lw_synonym lw_parallel_words[] = {
    {"distributed hardware machine system runtime", "", NULL, NULL},
    {"num_threads n_threads omp_num_threads nthreads cpus cores", "threads", NULL, NULL},
    {"sequence_parallel context_parallel context_parallel_size sp cp sequence_parallel_size "
     "seq_parallel",
     "sequence", NULL, NULL},
    {"gradient_checkpointing activation_checkpointing grad_checkpointing grad_checkpoint "
     "checkpoint_activations remat recomputation",
     "recompute", NULL, NULL},
    {"max_memory memory_limit mem", "memory", NULL, NULL},
    {"tensor_parallel tp tensor_parallel_size model_parallel", "matmul", "scalapack", NULL},
    {"device devices gpu gpus cuda accelerator num_gpus n_gpus", NULL, NULL,
     "there is no such option: longwave computes on CPU cores"},
    {"precision dtype bf16 fp16 fp32 amp mixed_precision half float16 bfloat16 float32 "
     "torch_dtype compile",
     NULL, NULL, "there is no such option: parameters and activations have 32 bits"},
    {"nodes num_nodes n_nodes ranks n_ranks num_ranks world_size nproc num_processes processes "
     "data_parallel ddp dp strategy backend zero fsdp",
     NULL, NULL,
     "there is no such option: mpirun -n or srun decides the number of ranks, and all share "
     "the batch"},
    {0}};
