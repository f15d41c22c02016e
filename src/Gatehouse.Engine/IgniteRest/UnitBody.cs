using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Problems;
using Gatehouse.Protocols.Multipart;

namespace Gatehouse.Engine.IgniteRest;

/// <summary>
/// The body of an upload as it goes to the node: the client's files, between other boundaries. Pulled by the upload piece by piece, so
/// that memory does not grow with it. Where a check fails its end never comes: the node has a request that was cut, and a unit without it.
/// </summary>
internal sealed class UnitBody : PipeReader
{
    private readonly PipeReader _source;
    private readonly long _limit;
    private readonly MultipartReader _reader;
    private readonly ArrayBufferWriter<byte> _output = new(64 * 1024);
    private ReadOnlySequence<byte> _handed;
    private UnitFault? _fault;
    private int _taken;
    private long _received;
    private bool _isDone;

    /// <param name="source">The client's bytes.</param>
    /// <param name="clientBoundary">The client's boundary.</param>
    /// <param name="settings">Limits, and which files may be uploaded.</param>
    /// <param name="isZip">Whether it is one zip archive that the node unpacks.</param>
    public UnitBody(PipeReader source, byte[] clientBoundary, IgniteRestConfiguration settings, bool isZip)
    {
        // A file may hold any boundary that its sender knows; this one it does not know.
        string boundary = "gatehouse-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _source = source;
        _limit = settings.MaxUnitSize;
        ContentType = $"multipart/form-data; boundary={boundary}";
        Parts = new UnitParts(settings, isZip, boundary, _output);
        _reader = new MultipartReader(clientBoundary, new MultipartLimits { MaxParts = settings.MaxUnitFiles, MaxPart = settings.MaxUnitSize }, Parts);
    }

    /// <summary>What the node is told of the body.</summary>
    public string ContentType { get; }

    /// <summary>Its files.</summary>
    public UnitParts Parts { get; }

    /// <summary>Why it ended; null where nothing was wrong with it.</summary>
    public UnitFault? Fault => Volatile.Read(ref _fault);

    /// <summary>Reads until something may be passed on: the first file's name is fine then.</summary>
    /// <exception cref="ForwardFault">It may not be passed on; <see cref="Fault"/> says why.</exception>
    public async ValueTask BeginAsync()
    {
        while (!_isDone && _output.WrittenCount == 0)
        {
            Take(await _source.ReadAsync());
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (_taken == _output.WrittenCount && !_isDone)
        {
            _output.ResetWrittenCount();
            _taken = 0;
            ReadResult read = await _source.ReadAsync(cancellationToken);
            if (read.IsCanceled)
            {
                _source.AdvanceTo(read.Buffer.Start);
                return new ReadResult(default, isCanceled: true, isCompleted: false);
            }

            Take(read);
        }

        _handed = new ReadOnlySequence<byte>(_output.WrittenMemory[_taken..]);
        return new ReadResult(_handed, isCanceled: false, isCompleted: _isDone);
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => _taken += (int)_handed.Slice(0, consumed).Length;

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => AdvanceTo(consumed);

    /// <inheritdoc/>
    public override void CancelPendingRead() => _source.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        // The client's reader is completed by the connection that has it.
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        result = default;
        return false;
    }

    private void Take(in ReadResult read)
    {
        _received += read.Buffer.Length;
        UnitFault? fault = _received > _limit ? new UnitFault(413, IgniteRestProblems.UploadTooLarge, "upload_too_large") : Push(read);
        _source.AdvanceTo(read.Buffer.End);
        if (fault is null)
        {
            return;
        }

        // What of this piece was fine is not sent either: the node gets nothing more.
        _output.ResetWrittenCount();
        _taken = 0;
        Volatile.Write(ref _fault, fault);
        throw new ForwardFault(fault.Status == 413 ? ForwardResult.ClientTooLarge : ForwardResult.ClientMalformed, fault.Reason);
    }

    private UnitFault? Push(in ReadResult read)
    {
        MultipartError error = MultipartError.None;
        foreach (ReadOnlyMemory<byte> piece in read.Buffer)
        {
            error = _reader.Push(piece.Span);
            if (error != MultipartError.None)
            {
                break;
            }
        }

        if (error == MultipartError.None && read.IsCompleted)
        {
            error = _reader.Finish();
        }

        if (error == MultipartError.None)
        {
            if (read.IsCompleted)
            {
                Parts.Finish();
                _isDone = true;
            }

            return null;
        }

        return Parts.Fault ?? (error is MultipartError.TooManyParts or MultipartError.PartTooLarge
            ? new UnitFault(413, IgniteRestProblems.UploadTooLarge, MultipartErrors.Word(error))
            : new UnitFault(400, IgniteRestProblems.BadUpload, MultipartErrors.Word(error)));
    }
}
