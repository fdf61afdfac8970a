<?php
// What a product's back-end does, written out as the guide shows it: php product.php PORT CALLS
// CALLS is JSON, [["notifyFileDownloaded", …], …]; how many heard each is printed, as JSON.
function connection(int $port): Redis {
    $redis = new Redis();
    $redis->connect('127.0.0.1', $port);
    return $redis;
}

function notifyFileDownloaded($port, $fileId, $ownerId, $downloaderName, $filename, $downloadCount) {
    $redis = connection($port);
    return $redis->publish('notifications_' . $ownerId, json_encode([
        'type' => 'message',
        'room' => 'notifications_' . $ownerId,
        'message' => [
            'type' => 'file_downloaded',
            'file_id' => $fileId,
            'downloader' => $downloaderName,
            'filename' => $filename,
            'count' => $downloadCount,
            'timestamp' => time()
        ]
    ]));
}

function notifyOCRProgress($port, $jobId, $userId, $progress, $status, $data = []) {
    $redis = connection($port);
    return $redis->publish('ocr_job_' . $jobId, json_encode([
        'type' => 'message',
        'room' => 'ocr_job_' . $jobId,
        'message' => array_merge([
            'type' => 'ocr_progress',
            'job_id' => $jobId,
            'progress' => $progress,
            'status' => $status,
            'timestamp' => time()
        ], $data)
    ]));
}

$port = (int) $argv[1];
$reached = [];
foreach (json_decode($argv[2], true) as $call) {
    $function = array_shift($call);
    $reached[] = $function($port, ...$call);
}
echo json_encode($reached), "\n";
