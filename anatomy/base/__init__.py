"""What every concept is made of; nothing in here knows what a layer is.

``words``     numbers, percentages, lists and sentences, each written one way
``colours``   colours by role, on light and on dark paper
``plot``      what a drawing puts down: marks at places in CSS pixels, axes, handles
``sheet``     where they are drawn; a new drawing changes only the marks that differ
``picture``   a figure that is also a sentence
``screen``    a picture in the browser, and what keyboard and screen reader need
``controls``  controls from abbreviations, as ``ipywidgets.interact`` has them
``lab``       controls, a screen and a run
``record``    a lab as one page that plays with no kernel
``script``    a plain script out of a student's function: the code panel
"""
