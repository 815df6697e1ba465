000100 77  ALONE               PIC 9(4).
