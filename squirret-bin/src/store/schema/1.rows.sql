-- What a store of form 1 held, for the test that later forms still read it.
INSERT INTO session VALUES ('00000000-0000-0000-0000-000000000001', 9000000000000,
    '{"id":"00000000-0000-0000-0000-000000000001","owner":{"kind":"user","userId":"00000000-0000-0000-0000-0000000a11ce","email":"alice@example.com"},"created":1762672200000,"lastSeen":9000000000000,"finished":{"framesIn":150,"framesOut":149,"durationSeconds":30},"usage":{"framesIn":151,"framesOut":149,"dropped":2,"durationSeconds":30.5,"bytesIn":3000000}}');
INSERT INTO session VALUES ('00000000-0000-0000-0000-000000000002', 9000000000000,
    '{"id":"00000000-0000-0000-0000-000000000002","owner":{"kind":"inference","userId":"00000000-0000-0000-0000-0000000a11ce"},"created":1762672200000,"lastSeen":9000000000000,"finished":null,"usage":{"framesIn":0,"framesOut":0,"dropped":0,"durationSeconds":0.0,"bytesIn":0},"scope":"00000000-0000-0000-0000-000000000001"}');
INSERT INTO device VALUES ('pair-1', '00000000-0000-0000-0000-000000000001', 1762672210000);
INSERT INTO user VALUES ('00000000-0000-0000-0000-0000000a11ce', 'alice@example.com', 1762672200000, 1762672200000);
INSERT INTO owner VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-0000000a11ce');
INSERT INTO tie VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001');
INSERT INTO workout VALUES ('00000000-0000-0000-0000-000000000001', 1762672200000, 1762672213100,
    '{"start":1762672200000,"end":1762672213100,"reps":1,"cleanReps":0,"score":82.0,"depth":0.93,"scoreTrend":"steady","depthTrend":"steady","balanceTrend":"steady","sets":[{"number":1,"reps":[{"number":1,"startSeconds":10.0,"atSeconds":13.1,"score":82.0,"depth":0.93,"kneeFlexion":104.2,"descentSeconds":1.6,"bottomSeconds":0.2,"ascentSeconds":1.3,"source":"pose","faults":["knee_separation"],"assessed":["knee_separation"]}],"score":82.0,"restSeconds":0.0,"seconds":3.1}],"faults":[{"rule":"knee_separation","faults":1,"assessed":1}],"notAssessed":[{"rule":"trunk_lean","reason":"view"}]}');
INSERT INTO rep VALUES ('00000000-0000-0000-0000-000000000001', 1762672200000, 1,
    '{"number":1,"start":1762672210000,"end":1762672213100,"depth":0.93,"descentSeconds":1.6,"bottomSeconds":0.2,"ascentSeconds":1.3,"tempoRatio":1.231,"kneeFlexion":104.2,"view":"front","score":82.0,"verdicts":[{"rule":"knee_separation","assessment":"bad","value":0.712,"threshold":0.8,"unit":"ratio","source":"camera","confidence":0.9},{"rule":"trunk_lean","assessment":"not_assessed","reason":"view","unit":"degrees","source":"camera","confidence":1.0}],"source":"pose","load":{"leftLoad":51.5,"peakLeftRight":12.25,"lowestHeel":30.5,"path":[[40.0,50.5],[44.5,49.0]]}}');
INSERT INTO finish VALUES ('00000000-0000-0000-0000-000000000001', 1762672230000,
    '{"at":1762672230000,"report":{"framesIn":150,"framesOut":149,"durationSeconds":30},"counted":{"framesIn":151,"framesOut":149,"dropped":2,"durationSeconds":30.5,"bytesIn":3000000}}');
INSERT INTO usage VALUES (20401, '00000000-0000-0000-0000-0000000a11ce', '00000000-0000-0000-0000-000000000002', 151, 149, 2, 30.5, 3000000);
INSERT INTO event VALUES (1, '00000000-0000-0000-0000-000000000001', 1762672205000, 'start');
