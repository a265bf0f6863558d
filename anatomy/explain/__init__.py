"""An error out of Keras, explained beneath the cell that raised it: where, what, and a change.

    cell -> lab       listens to IPython's shell, shows the block, and notices what fit() let pass
            facts     what was raised: by which call, with which model, layer and data
            kinds     the table, kinds.csv: the first row that applies gives title and sentence
              clues     what is found for a row             (old: names of Keras 1 and 2)
              changes   the edits that may help             (rewrite: of the stack, the doctor)
            trial     runs what is edited, in a copy, until one edit works
            draw   -> the block, as text or as HTML with a picture

``explanation`` is what becomes of an error on this way; ``source`` the student's cells as text.
"""
