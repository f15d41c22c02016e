using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Audit;
using Gatehouse.Operations;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Audit;

public sealed class Random_records_round_trip
{
    [Fact]
    public void Texts_and_names_of_any_content()
    {
        // Whole UTF-16 units, so that halves of surrogate pairs and every control character come up.
        Gen<string> text = Gen.Choose(0, 0xFFFF).Select(i => (char)i).ArrayOf().Select(c => new string(c));
        Gen<byte[]> name = Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf();
        Gen<(string, string, byte[][], long)> all =
            from user in text
            from path in text
            from names in name.ArrayOf()
            from number in Gen.Choose(int.MinValue, int.MaxValue)
            select (user, path, names, (long)number * int.MaxValue);
        byte[] buffer = new byte[AuditRecordReader.MaxLine];
        using var chain = new AuditChain();
        Prop.ForAll(all.ToArbitrary(), given =>
        {
            (string user, string path, byte[][] names, long number) = given;
            var set = new OperationSet();
            set.Begin(SystemAction.Intern("etcd", "kv.put"));
            foreach (byte[] one in names)
            {
                set.AddResource(one);
            }

            var record = new AuditEvent
            {
                Action = AuditAction.AccessGranted,
                User = user,
                RunBy = path,
                Path = path,
                RequestBody = user,
                RequestBodyHash = "00ff",
                Operations = set,
                Duration = number,
                Own = number % 3 == 0 ? null : number % 2 == 0,
                Time = new DateTimeOffset(Math.Abs(number % DateTime.MaxValue.Ticks), TimeSpan.Zero),
            };
            int length = chain.Append(buffer, AuditRecordWriter.Format(record, buffer));
            AuditRecordReader.TryRead(buffer.AsSpan(0, length - 1), out AuditRecord? read).ShouldBeTrue();
            read.Time.ShouldBe(record.Time);
            read.Duration.ShouldBe(number);
            read.Own.ShouldBe(record.Own);
            AuditText.ToBytes(read.User ?? "").ShouldBe(Bytes(user));
            AuditText.ToBytes(read.RunBy ?? "").ShouldBe(Bytes(path));
            AuditText.ToBytes(read.Path ?? "").ShouldBe(Bytes(path));
            AuditText.ToBytes(read.RequestBody ?? "").ShouldBe(Bytes(user));
            read.RequestBodyHash.ShouldBeNull();
            read.Operations[0].Resources.Select(AuditText.ToBytes).ShouldBe(names);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>UTF-8 in which half a surrogate pair has the three bytes that its number would have.</summary>
    private static byte[] Bytes(string text)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < text.Length; i++)
        {
            if (Rune.TryGetRuneAt(text, i, out Rune rune))
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(rune.ToString()));
                i += rune.Utf16SequenceLength - 1;
            }
            else
            {
                bytes.AddRange([(byte)(0xE0 | (text[i] >> 12)), (byte)(0x80 | ((text[i] >> 6) & 0x3F)), (byte)(0x80 | (text[i] & 0x3F))]);
            }
        }

        return [.. bytes];
    }
}
