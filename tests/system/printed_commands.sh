#!/bin/sh
# shellcheck disable=SC2016 # backquotes are looked for
# Each command that the documents, the heads of scripts and those of job files print runs as it is printed, in a copy of the
# project, with made files under the names that the commands have for theirs. Only the program is a stand-in that makes
# the work small: few samples, few steps. What is not run is listed in `left_out`: a new command is run or named there.
#   printed_commands.sh LONGWAVE ROOT      the program; the root of the project
set -eu
longwave=$1
root=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# As a new user has it: nothing of what tests set for mpirun, and no program on the path.
for name in $(env | sed -n 's/^\(\(OMPI\|PRTE\|LONGWAVE\)_*[A-Za-z_]*\)=.*/\1/p'); do unset "$name"; done
export OMP_NUM_THREADS=1 XDG_CACHE_HOME="$folder/cache" SLURM_ARRAY_TASK_ID=1 PATH="/usr/bin:/bin:$PATH"

# ---- the copy

for part in README.md datasets docs jobs slurm; do cp -r "$root/$part" .; done
mkdir build data include tests
cp -r "$root/src/train" src
cp "$root/data/.gitignore" data/ # by which a clone has the folder
cat >build/longwave <<END
#!/bin/sh
# The program with less to do. A number behind a flag or a setting is replaced; what is not given is added.
command=\$1 task=\${2:-} all=" \$* " before=
for word in "\$@"; do
  shift
  case "\$task \$before \$word" in
    table\ * | *' --train '*,* | *' --validation 0' | *' 0.'*) ;;
    *' --train '[0-9]*) word=40 ;;
    *' --validation '[0-9]* | *' --test '[0-9]*) word=8 ;;
    *' train.steps='*) word=train.steps=3 ;;
  esac
  set -- "\$@" "\$word"
  before=\$word
done
# Several of them make one data set, each in its way.
[ "\$command" != prepare ] || set -- "\$@" --force
case \$command:\$task:\$all in
  prepare:*' --train '* | prepare:*' --import'*) ;;
  prepare:pathfinder:* | prepare:listops:*) set -- "\$@" --train 40 --validation 8 --test 8 ;;
  submit:*study*) set -- "\$@" --dry-run ;;
  submit:*' --run '*) set -- "\$@" --dry-run ;;
  submit:*)
    shift
    set -- submit --dry-run --run runs/submitted "\$@"
    ;;
  bench:step:*) set -- "\$@" --steps 1 --warmup 0 ;;
  sweep:jobs/*) set -- "\$@" --list ;;
  sweep:*' --only '*) ;;
  sweep:*) set -- "\$@" --only 1 ;;
esac
exec "$longwave" "\$@"
END
chmod +x build/longwave
small() { sed 's/\(steps: \)[0-9]*/\12/; s/\(batch_size: \)[0-9]*/\14/' "$1" >small.yaml && mv small.yaml "$1"; }
for job in demo start; do small jobs/$job.yaml; done
# The job and the study of the documents.
awk '/^ *(data|job): / { file = /data:/ ? "mine.yaml" : "methods.yaml"; match($0, /[a-z]/); cut = RSTART }
  !/^    / && NF { file = "" } NF && file { print substr($0, cut) > file } !NF { file = "" }' README.md docs/running.md
small mine.yaml
printf 'machine: {cores: 4}\nrates: {products: 100, attention: 50}\n' >nodes.yaml
mkdir runs
ln -s methods runs/study-listops
ln -s methods runs/study-image

# ---- the files that the commands name

cat src/*.c docs/*.md >bytes
# bytes_of NUMBER...: each one byte
bytes_of() { printf '%b' "$(printf '\\0%o' "$@")"; }
pictures() { # PLACE NAME COUNT
  bytes_of 0 0 8 3 0 0 0 "$3" 0 0 0 14 0 0 0 14 >"FOLDER/$2-images-idx3-ubyte"
  tail -c "+$1" bytes | head -c $((196 * $3)) >>"FOLDER/$2-images-idx3-ubyte"
  # shellcheck disable=SC2046 # one word a label
  bytes_of 0 0 8 1 0 0 0 "$3" $(awk -v n="$3" 'BEGIN { for (i = 0; i < n; i++) print i % 10 }') >"FOLDER/$2-labels-idx1-ubyte"
}
mkdir -p FOLDER/train/neg FOLDER/train/pos FOLDER/test/neg FOLDER/test/pos
pictures 1 train 60
pictures 100001 t10k 20
export FASHION_MNIST="$PWD/fashion"
mkdir fashion
for name in FOLDER/*-ubyte; do gzip -c "$name" >"fashion/${name#*/}.gz"; done
for name in data_batch_1 data_batch_2 data_batch_3 data_batch_4 data_batch_5 test_batch; do
  for label in 0 1 2 3; do bytes_of $label && head -c 3072; done >FOLDER/$name.bin
done <bytes
for name in train/neg train/pos test/neg test/pos; do
  for i in 1 2 3 4 5 6 7 8 9; do echo "text $i of $name" >FOLDER/$name/$i.txt; done
done
expressions() { # DIGIT: a hundred of them, label first
  awk -v d="$1" 'BEGIN { for (a = 0; a < 10; a++) for (b = 0; b < 10; b++) {
    most = a > b ? a : b; if (d > most) most = d; print most "\t[MAX " a " " b " " d " ]" } }'
}
for part in train:2 val:3 test:4; do
  { printf 'Source\tTarget\n' && expressions "${part#*:}" | sed 's/\(.*\)\t\(.*\)/\2\t\1/'; } >"FOLDER/basic_${part%:*}.tsv"
done
pairs() { # FIRST TEXTS
  awk -v first="$1" -v texts="$2" 'BEGIN { for (i = first; i < first + 20; i++) {
    printf "%d\t%d\t%d", i % 2, i, i + 1; if (texts) printf "\ttext %d\tother %d", i, i * i; print "" } }'
}
pairs 100 yes >TRAIN.tsv && pairs 200 yes >VALIDATION.tsv && pairs 300 yes >TEST.tsv
for part in TRAIN:train VALIDATION:eval TEST:test; do ln -s "${part%:*}.tsv" "new_aan_pairs.${part#*:}.tsv"; done
pairs 100 '' >pairs.train.tsv && pairs 200 '' >pairs.val.tsv && pairs 300 '' >pairs.test.tsv
awk 'BEGIN { for (i = 100; i < 330; i++) print i "\tthe text of paper " i }' | gzip >papers.tsv.gz
head -c 200000 bytes >enwik8
ln -s data/listops.h5 new.h5
sound() { # FILE: 200 frames of 16 bits, 8000 a second
  {
    printf 'RIFF' && bytes_of 180 1 0 0 && printf 'WAVEfmt ' && bytes_of 16 0 0 0 1 0 1 0 64 31 0 0 128 62 0 0 2 0 16 0
    printf 'data' && bytes_of 144 1 0 0 && head -c 400 bytes
  } >"$1"
}
mkdir -p recordings FOLDER/recordings FOLDER/sounds/yes FOLDER/sounds/no FOLDER/ecg
for i in 0 1 2 3 4 5 6 7 8 9; do
  for class in 3 4; do sound "FOLDER/recordings/${class}_ann_$i.wav"; done
  for class in yes no; do sound "recordings/${class}_ann_$i.wav" && sound "FOLDER/sounds/$class/$i.wav"; done
  printf 'e%d 1 500 100\ne%d.mat 16+24 1000/mV\n#Dx: 1,2\n' "$i" "$i" >"FOLDER/ecg/e$i.hea"
  head -c 224 bytes >"FOLDER/ecg/e$i.mat"
done
# Records of 131,072 steps: 257 and -257 in turn, whose sum is 0; N and V in turn, 1,000 steps apart.
doubled() { # FILE TIMES
  for i in $(seq "$2"); do cat "$1" "$1" >twice && mv twice "$1"; done
}
bytes_of 1 17 1 255 238 255 >steps && doubled steps 16
bytes_of 232 7 232 23 >beats && doubled beats 6 && bytes_of 0 0 >>beats
for i in 100 106 119 200 208 213; do
  printf '%d 2 360 131072\n%d.dat 212 200 11 0 257 0 0 MLII\n%d.dat 212 200 11 0 257 0 0 V1\n' "$i" "$i" "$i" >"FOLDER/$i.hea"
  cp steps "FOLDER/$i.dat"
  cp beats "FOLDER/$i.atr"
done
for name in Ecoli_prom Ecoli_non_prom; do
  awk -v n=$name 'BEGIN { for (i = 1; i <= 20; i++) print ">" n i "\nACGTACGTAC" }' >FOLDER/$name.fa
done
for name in NC_000932 NC_005816; do
  awk -v n=$name 'BEGIN { printf "LOCUS  %s 6000 bp DNA linear\nFEATURES             Location\n", n
    print "     CDS             100..2000\nORIGIN"
    for (i = 1; i <= 6000; i += 10) print i " acgtacgtac"
    print "//" }' >$name.gb
done
for part in train dev test; do
  awk 'BEGIN { for (i = 0; i < 20; i++) print "1\tthe\t_\tDET\t_\t_\t_\t_\t_\t_\n2\tcat\t_\tNOUN\t_\t_\t_\t_\t_\t_\n" }' >$part.conllu
done
# Tables and series: of a class, with a text, in steps, in values, of an archive.
awk 'BEGIN { print "a,b,COLUMN"; for (i = 0; i < 40; i++) print i "," i * i "," (i % 2 ? "yes" : "no") }' >FILE.csv
for part in TRAIN TEST; do
  awk 'BEGIN { print "@problemName x\n@timeStamps false\n@univariate true\n@classLabel true no yes\n@data"
    for (i = 0; i < 20; i++) print i "," i + 1 "," i + 2 ":" (i % 2 ? "yes" : "no") }' >NAME_$part.ts
  cp NAME_$part.ts FOLDER/JapaneseVowels_$part.ts
done
awk 'BEGIN { print "date,HUFL,OT"; for (i = 0; i < 14400; i++)
  printf "%d-%02d-%02d %02d:00:00,%d,%d\n", 2016 + int(i / 8064), 1 + int(i / 672) % 12, 1 + int(i / 24) % 28, i % 24, i % 7, i % 5 }' >FOLDER/ETTh1.csv
awk 'BEGIN { print "RecordID,Time,Parameter,Value"
  for (i = 1; i <= 40; i++) print i ",00:00,RecordID," i "\n" i ",00:00,HR,70\n" i ",00:30,HR,80" }' >FOLDER/set-a.csv
awk 'BEGIN { print "RecordID,In-hospital_death"; for (i = 1; i <= 40; i++) print i "," i % 2 }' >FOLDER/Outcomes-a.txt
for part in train dev test; do
  awk 'BEGIN { for (i = 0; i < 20; i++) print "a text\t" i % 3 (i % 5 ? "" : ",3") "\tid" i }' >$part.tsv
done
printf 'one\ntwo\nthree\nfour\n' >labels.txt
array() { # TYPE SHAPE: the head of a file of NumPy
  text="{'descr': '$1', 'fortran_order': False, 'shape': ($2), }"
  bytes_of 147 && printf 'NUMPY' && bytes_of 1 0 118 0 && printf '%-118s' "$text"
}
{ array '|u1' '40, 10' && head -c 400 bytes; } >x.npy
# shellcheck disable=SC2046 # one word a label
{ array '|u1' '40,' && bytes_of $(awk 'BEGIN { for (i = 0; i < 40; i++) print i % 2 }'); } >y.npy

# ---- the commands

# Of a document: lines of indented blocks and of fences of a shell that begin with a command, and whole commands in
# backquotes. A line that ends in \ goes on; what stands behind two blanks and # is no part of it.
of_document() {
  awk -v words='^(sh|build/longwave|longwave|mpirun|srun|sbatch|scancel|python3|meson|ninja|mkdir|for [a-z]+ in|apt-get) ' '
    /^ *```/ { fence = fence ? "" : $1 == "```" ? "```text" : $1; next }
    more { line = line " " $0 }
    !more { line = $0 }
    { more = sub(/\\$/, "", line) }
    more { next }
    (fence ~ /sh$|console/ || (!fence && line ~ /^    /)) {
      gsub(/^ +| +# .*$/, "", line); gsub(/  +/, " ", line)
      if (line ~ words) print line
      next
    }
    !fence { while (match(line, /`(sh|build\/longwave|mpirun|ninja|meson) [^`]*`/)) {
        print substr(line, RSTART + 1, RLENGTH - 2); line = substr(line, RSTART + RLENGTH) } }' "$1"
}
# Of the comments at the top of a script or job file.
of_head() {
  sed '/^[^#]/,$d' "$1" | sed -n 's/.*as in: \(sh .*\)/#     \1/; s/^#\(   .*\)/ \1/p' >head.md
  of_document head.md
}
{
  for file in jobs/*.yaml jobs/*.sh datasets/*.sh slurm/*.sbatch; do of_head "$file"; done
  for file in datasets/README.md README.md docs/running.md jobs/README.md docs/*.md; do of_document "$file"; done
} | awk '!seen[$0]++' >commands

left_out() {
  case $1 in
    'sh jobs/setup.sh'*) ;;                                       # the network
    'sh jobs/demo.sh' | 'sh tests/run.sh' | 'sh jobs/simulate.sh'*) ;; # minutes
    'meson '* | 'ninja '*) ;;                                     # the build itself
    sbatch* | scancel* | 'build/longwave status' | 'build/longwave cancel'* | 'mpirun -n 4') ;; # a cluster
    'sh jobs/curves.sh'*) ! command -v gnuplot >/dev/null ;;       # gnuplot, which nothing else here needs
    *curv_contour_length_14*) ;;                                  # a folder of published pictures
    *' RANKS '* | *'['*']' | *'DATA.h5'* | 'sh jobs/launch.sh') ;;  # no command yet: to be filled in
    *) return 1 ;;
  esac
}

failed=0
# fail WORDS: and what the command said
fail() {
  failed=1
  echo "$*"
  tail -n 5 output
}
while read -r command; do
  ! left_out "$command" || continue
  rm -f FILE
  # Several examples make the same data set, and prepare replaces none unasked.
  case $command in *datasets/* | *'longwave prepare '*) echo "$command" | grep -o '[^ ]*\.h5' | xargs rm -f ;; esac
  case $command in *listops*) expressions 1 >FILE ;; *) cp enwik8 FILE ;; esac
  sh -c "$command" >output 2>&1 </dev/null || fail "ends with $?: $command"
done <commands
cp commands output
[ "$(wc -l <commands)" -gt 50 ] || fail "few commands were found"

# ---- what else they are promised to do

# says CODE TEXT COMMAND...: ends with this code, and a line begins with or holds this text
says() {
  expected=$1
  text=$2
  shift 2
  code=0
  "$@" >output 2>&1 </dev/null || code=$?
  [ "$code" -eq "$expected" ] || fail "ends with $code: $*"
  grep -qF -- "$text" output || fail "does not say '$text': $*"
}
# Each script answers --help, and tells too few arguments from a failure.
for script in jobs/*.sh datasets/*.sh; do
  case $script in */environment.sh | */usage.sh | */common.sh) continue ;; esac
  says 0 "usage: sh $script" sh "$script" --help
  case $script in */setup.sh | */demo.sh) continue ;; esac
  says 2 "usage: sh $script" sh "$script"
done
says 2 "'train' is not a number of ranks; write it first, as in: sh jobs/launch.sh 2 train x.yaml" \
  sh jobs/launch.sh train x.yaml
says 2 "'0' is not a number of ranks" sh jobs/launch.sh 0 train x.yaml
says 2 'there is no program build/nothing' sh jobs/launch.sh 2 build/nothing train x.yaml

# The line of a start names the commit that --version does.
commit=$("$longwave" --version | sed -n 's/.*(commit \(.*\))$/\1/p')
cp runs/mine/lives.csv output
awk -F, -v commit="$commit" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "commit") place = i }
  NR == 2 { found = place && $place == commit } END { exit !found }' runs/mine/lives.csv ||
  fail "lives.csv does not name the commit '$commit'"
exit "$failed"
