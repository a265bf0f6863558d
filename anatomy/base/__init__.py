"""What every concept is made of; nothing in here knows what a layer is.

``words``     numbers, percentages, lists and sentences, each written one way
``colours``   colours by role, on light and on dark paper
``sheet``     marks at places in CSS pixels; a new drawing changes only those that differ
``plot``      the axes of a plot on a sheet
``picture``   a figure that is also a sentence
``screen``    a picture in the browser, and what keyboard and screen reader need
``controls``  controls from abbreviations, as ``ipywidgets.interact`` has them
``lab``       controls, a screen and a run
``record``    a lab as one page that plays with no kernel
``script``    a plain script out of a student's function: the code panel
"""
