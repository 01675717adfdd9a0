-- What a store of form 2 held besides, for the test that later forms still read it.
INSERT INTO link VALUES ('00000000-0000-0000-0000-00000000111c', '00000000-0000-0000-0000-000000000001', 'report', '00000000-0000-0000-0000-0000000a11ce', 9000000000000);
INSERT INTO deleted VALUES ('00000000-0000-0000-0000-00000000dead', 9000000000000);
UPDATE device SET claim = 'c1a1' WHERE id = 'pair-1';
