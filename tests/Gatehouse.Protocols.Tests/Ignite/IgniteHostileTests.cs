using Gatehouse.Protocols.Ignite;
using Gatehouse.Protocols.Ignite.Calls;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ignite;

public sealed class IgniteHostileTests
{
    [Fact]
    public void Malformed_and_cut_requests_throw_nothing_and_hide_nothing()
    {
        var random = new Random(54);
        (byte[] Payload, IgniteFeatures Mask)[] samples =
        [
            .. from operation in IgniteOperation.All
               where operation.Privilege != IgnitePrivilege.Denied
               from mask in Samples.Masks
               select (Samples.Request(operation.Code, mask), mask),
        ];
        int accepted = 0;
        for (int i = 0; i < 50_000; i++)
        {
            (byte[] payload, IgniteFeatures mask) = samples[random.Next(samples.Length)];
            byte[] bytes = Mutate(payload, random);
            bool isGood = IgniteRequest.TryParse(bytes, mask, out IgniteRequest request, out IgniteError error);
            isGood.ShouldBe(error == IgniteError.None);
            if (!isGood)
            {
                continue;
            }

            accepted++;
            request.Operation.ShouldNotBeNull().Privilege.ShouldNotBe(IgnitePrivilege.Denied);
            (request.TxKind == IgniteTxKind.Resource).ShouldBe(request.TxId > 0);
            IgniteRequest.TryParse([.. bytes, 0xc1], mask, out _, out _).ShouldBeFalse("bytes behind the last operand");
            if (!Samples.MayBeCut(request.Opcode))
            {
                IgniteRequest.TryParse([.. bytes, 0xc0], mask, out _, out _).ShouldBeFalse("a value behind the last operand");
                IgniteRequest.TryParse(bytes.AsSpan(0, bytes.Length - 1), mask, out _, out _).ShouldBeFalse("the last byte missing");
            }
        }

        accepted.ShouldBeGreaterThan(1_000, "some mutations change only what is within a value");
    }

    [Fact]
    public void Malformed_and_cut_handshakes_and_responses_throw_nothing()
    {
        var random = new Random(54);
        byte[][] samples =
        [
            Samples.Handshake([0x3b, 0x42, 0x05], ("authn-type", "basic"), ("authn-identity", "bob"), ("authn-secret", "secret")),
            Samples.Answer([0xff, 0xff, 0x07]),
            [77, 4, 0, 0xc0, 0xce, 0, 0x0f, 0, 4, 0xa1, 0x61, 0xa1, 0x62, 0xc0, 0xc0],
            [77, 0, 0, 2, 1, 0xa1, 0x61, 0xa1, 0x62, 2, 0xa1, 0x61, 0xa1, 0x63],
        ];
        for (int i = 0; i < 50_000; i++)
        {
            byte[] bytes = Mutate(samples[random.Next(samples.Length)], random);
            if (IgniteHandshake.TryParse(bytes, out _, out _))
            {
                IgniteHandshake.TryParse([.. bytes, 0xc0], out _, out _).ShouldBeFalse();
            }

            if (IgniteHandshakeAnswer.TryParse(bytes, out IgniteHandshakeAnswer? answer, out _) && answer!.Failure is null)
            {
                IgniteHandshakeAnswer.TryParse([.. bytes, 0xc0], out _, out _).ShouldBeFalse();
            }

            if (IgniteResponse.TryParse(bytes, out IgniteResponse response, out _))
            {
                ReadOnlySpan<byte> body = bytes.AsSpan(response.BodyOffset);
                IgniteResponse.TryReadFailure(body, out _);
                IgniteAnswers.TryTables(body, true, out _);
                IgniteAnswers.TryTables(body, false, out _);
                IgniteAnswers.TryTable(body, true, out _);
                IgniteAnswers.TryJobs(body, 64, out _);
            }
        }
    }

    private static byte[] Mutate(byte[] payload, Random random)
    {
        var bytes = payload.ToList();
        for (int times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 3:
                    bytes.RemoveAt(at);
                    break;
                case 4:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    bytes.AddRange(payload.AsSpan(random.Next(payload.Length)));
                    break;
            }
        }

        return [.. bytes];
    }
}
